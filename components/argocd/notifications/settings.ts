import { stringify } from "yaml";
import { trackedRevision } from "@gitops-platform/environments/environments";
import type { DeliveryPolicy } from "@gitops-platform/environments/environment";
import type { Receivers, SmtpServer, TeamAlerts } from "@gitops-platform/environments/settings/receivers";
import { ENVIRONMENT_LABEL } from "../../labels";
import { alerts, defaultTriggers, PLATFORM_TRIGGERS } from "./alerts";
import {
  DEPLOYMENT_TRIGGER,
  deploymentConditions,
  deploymentTemplates,
  githubService,
  type DeploymentsApp,
} from "./deployments";
import {
  heading,
  pagerDutyEvent,
  plainMessage,
  slackBlocks,
  teamsCard,
  webhookBody,
  type MessageContext,
} from "./message";
import { receiverServices, receiverSubscriptions } from "./receivers";

/** The settings of Argo CD's notifications. */
export interface NotificationSettings extends MessageContext {
  /** The environment's delivery policy, which determines the alerts. */
  readonly delivery: DeliveryPolicy;
  /** The webhook that receives the messages. It is called with a token if `token` is set. Undefined: no webhook. */
  readonly notifications: { readonly url: string; readonly token?: unknown } | undefined;
  /** The Slack channel that receives the messages, without `#`. Default: none. */
  readonly slack?: { readonly channel: string } | undefined;
  /** Who else receives the messages. Default: nobody. */
  readonly receivers?: Receivers | undefined;
  /** The services whose messages go to their team. Default: none. */
  readonly teamAlerts?: readonly TeamAlerts[] | undefined;
  /** The server that sends e-mails. Default: none. */
  readonly smtp?: SmtpServer | undefined;
  /** The GitHub App that reports the services' health to GitHub. Default: health is not reported. */
  readonly deployments?: DeploymentsApp | undefined;
}

/** The name of the webhook in the service definition, the templates and the subscription. */
const DESTINATION = "platform";

/** The key of argocd-notifications-secret that holds the webhook's token. */
export const TOKEN_KEY = "platform-token";

/** The key of argocd-notifications-secret that holds Slack's token. */
export const SLACK_TOKEN_KEY = "slack-token";

/**
 * The data of argocd-notifications-cm. The platform's receivers get the default alerts of every Application, apart from
 * those of teams with receivers of their own. GitHub gets the health of the platform's own Applications only.
 */
export function notificationSettings(settings: NotificationSettings): Record<string, string> {
  const { delivery, environment, notifications, slack, deployments, receivers, teamAlerts = [], smtp } = settings;
  const events = Object.entries(alerts(delivery, trackedRevision(environment, delivery)));
  const own = {
    platform: { ...receivers, webhook: notifications && DESTINATION, slack: slack?.channel },
    teams: teamAlerts,
    smtp,
  };
  const triggers = defaultTriggers(delivery);
  const isActionable = (trigger: string) =>
    events.some(([name, { severity }]) => trigger === `on-${name}` && severity !== "info");
  const subscriptions = [
    ...receiverSubscriptions(own, {
      all: undefined,
      actionable: triggers.filter(isActionable),
      platform: triggers.filter((trigger) => PLATFORM_TRIGGERS.includes(trigger)),
    }),
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
  return asYaml({
    defaultTriggers: triggers,
    ...(subscriptions.length > 0 && { subscriptions }),
    ...(notifications && { [`service.webhook.${DESTINATION}`]: webhookService(notifications) }),
    ...(slack && { "service.slack": { token: `$${SLACK_TOKEN_KEY}` } }),
    ...receiverServices(own),
    ...(deployments && { "service.github": githubService(deployments) }),
    ...byKey(events, ([name, { condition }]) => [`trigger.on-${name}`, [{ ...condition, send: [name] }]]),
    ...(deployments && { [`trigger.${DEPLOYMENT_TRIGGER}`]: deploymentConditions() }),
    ...byKey(events, ([name, alert]) => {
      const message = plainMessage(alert, settings);
      const webhook = { [DESTINATION]: { method: "POST", body: webhookBody(message) } };
      return [
        `template.${name}`,
        {
          message,
          webhook,
          slack: { blocks: slackBlocks(alert, settings) },
          "teams-workflows": { adaptiveCard: teamsCard(alert, settings) },
          pagerdutyv2: pagerDutyEvent(name, alert, settings),
          email: { subject: heading(alert.title, settings) },
        },
      ];
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
      // Argo CD replaces the name with the value in argocd-notifications-secret.
      ...(token === undefined ? [] : [{ name: "Authorization", value: `Bearer $${TOKEN_KEY}` }]),
    ],
  };
}

function byKey<T>(list: readonly T[], entry: (value: T) => [key: string, value: unknown]): Record<string, unknown> {
  return Object.fromEntries(list.map(entry));
}

/** Serializes each value as YAML, because a ConfigMap holds only strings. */
function asYaml(values: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, stringify(value, { lineWidth: 0 })]));
}
