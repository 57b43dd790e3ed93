import { stringify } from "yaml";
import { trackedRevision } from "../../../environments/catalogue";
import type { Delivery } from "../../../environments/environment";
import { ENVIRONMENT_LABEL } from "../../labels";
import { alerts, defaultTriggers } from "./alerts";
import {
  DEPLOYMENT_TRIGGER,
  deploymentConditions,
  deploymentTemplates,
  githubService,
  type DeploymentsApp,
} from "./deployments";
import { messageOf, slackBlocks, webhookBody, type Place } from "./message";

/** What the notifications are made for. */
export interface NotificationSettings extends Place {
  /** The environment's policy: it decides what people are told. */
  readonly delivery: Delivery;
  /** The webhook that gets the messages, and whether it wants a token. Unset: no webhook does. */
  readonly notifications: { readonly url: string; readonly token?: unknown } | undefined;
  /** The Slack channel that gets them, without `#`. Unset: none does. */
  readonly slack?: { readonly channel: string } | undefined;
  /** What tells GitHub the services' health. Unset: nothing does. */
  readonly deployments?: DeploymentsApp | undefined;
}

/** The name of the webhook's destination: of the service, in what its templates are for and in the subscription. */
const DESTINATION = "platform";

/** The key of argocd-notifications-secret that holds the webhook's token. */
export const TOKEN_KEY = "platform-token";

/** The key of argocd-notifications-secret that holds Slack's. */
export const SLACK_TOKEN_KEY = "slack-token";

/**
 * The data of argocd-notifications-cm. Webhook and Slack channel hear of every Application, by the environment's
 * triggers; GitHub of the platform's own. Other destinations may be added in the cluster by keys of their own
 * (`service.email`); an Application subscribes to them by the annotation
 * `notifications.argoproj.io/subscribe.<destination>`.
 */
export function notificationSettings(settings: NotificationSettings): Record<string, string> {
  const { delivery, environment, notifications, slack, deployments } = settings;
  const events = Object.entries(alerts(delivery, trackedRevision(environment, delivery)));
  const people = [...(notifications ? [DESTINATION] : []), ...(slack ? [`slack:${slack.channel}`] : [])];
  const subscriptions = [
    ...(people.length > 0 ? [{ recipients: people }] : []),
    ...(deployments
      ? [
          {
            recipients: ["github"],
            triggers: [DEPLOYMENT_TRIGGER],
            selector: `${ENVIRONMENT_LABEL}=${environment}`,
          },
        ]
      : []),
  ];
  return texts({
    defaultTriggers: defaultTriggers(delivery),
    ...(subscriptions.length > 0 && { subscriptions }),
    ...(notifications && { [`service.webhook.${DESTINATION}`]: webhookService(notifications) }),
    ...(slack && { "service.slack": { token: `$${SLACK_TOKEN_KEY}` } }),
    ...(deployments && { "service.github": githubService(deployments) }),
    ...byKey(events, ([name, { condition }]) => [`trigger.on-${name}`, [{ ...condition, send: [name] }]]),
    ...(deployments && { [`trigger.${DEPLOYMENT_TRIGGER}`]: deploymentConditions() }),
    ...byKey(events, ([name, alert]) => {
      const message = messageOf(alert, settings);
      const webhook = { [DESTINATION]: { method: "POST", body: webhookBody(message) } };
      return [`template.${name}`, { message, webhook, slack: { blocks: slackBlocks(alert, settings) } }];
    }),
    ...(deployments &&
      byKey(Object.entries(deploymentTemplates(settings, deployments)), ([name, template]) => [
        `template.${name}`,
        template,
      ])),
  });
}

/** https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/services/webhook/ */
function webhookService({ url, token }: NonNullable<NotificationSettings["notifications"]>) {
  return {
    url,
    headers: [
      { name: "Content-Type", value: "application/json" },
      // Argo CD puts the value from argocd-notifications-secret in the place of the name.
      ...(token === undefined ? [] : [{ name: "Authorization", value: `Bearer $${TOKEN_KEY}` }]),
    ],
  };
}

function byKey<T>(list: readonly T[], entry: (value: T) => [key: string, value: unknown]): Record<string, unknown> {
  return Object.fromEntries(list.map(entry));
}

/** A ConfigMap holds texts: each value as YAML. */
function texts(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, stringify(value, { lineWidth: 0 })]));
}
