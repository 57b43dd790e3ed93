import * as pulumi from "@pulumi/pulumi";
import type { DeliveryPolicy } from "../environment";
import type { Problem } from "@gitops-platform/contract/problems";
import { enterpriseUrl, restUrl, type repositoryArea, type Repository } from "./repository";
import type { receiversArea } from "./receivers";
import { area, type ConfigurationOf } from "./setting";
import { appKey, fixedMap, httpsUrl, installedApp, slackChannel, token } from "./values";

/** The destinations of notifications, and their secrets. */
export const notificationsArea = area({
  "argocd.notifications": {
    schema: httpsUrl("the webhook for notifications; set its token in notificationsToken"),
    doc:
      "The URL of a webhook for alerts about drift, failed syncs, failed comparisons with Git and Degraded services. " +
      "`delivery.drift: alert` requires this setting or another receiver, such as `argocd.slack`.",
    example: "https://alerts.vaarak.example/argocd",
    required: { by: ["notificationsToken"], expected: "a URL", fix: "Set both, or remove the token." },
  },
  "argocd.slack": {
    schema: fixedMap({
      channel: slackChannel,
    }),
    doc: "The Slack channel for the same alerts: its name without `#`, or its ID.",
    example: { channel: "platform-alerts" },
    required: { by: ["slackToken"], expected: "a channel", fix: "Set both, or remove the token." },
  },
  "argocd.deployments": {
    schema: installedApp("that writes deployments"),
    doc:
      "The `appId` and `installationId` of the GitHub App that reports each service's health to GitHub. " +
      "The App needs write permission for deployments, and no other.",
    example: { appId: 1000003, installationId: 50000001 },
    required: {
      by: ["deploymentsAppKey"],
      expected: "appId and installationId",
      fix: "Set both, or remove the key.",
    },
  },
  notificationsToken: {
    schema: token("a token for argocd.notifications", "Run: pulumi config set --secret notificationsToken"),
    doc: "The token that the webhook `argocd.notifications` expects as `Authorization: Bearer`.",
    example: "pulumi config set --secret notificationsToken",
    secret: true,
  },
  slackToken: {
    schema: token("the bot token of a Slack app", "Run: pulumi config set --secret slackToken"),
    doc: "The bot token of the Slack app that posts to `argocd.slack`.",
    example: "pulumi config set --secret slackToken",
    secret: true,
    required: { by: ["argocd.slack"], expected: "a value", fix: "Set both, or remove the channel." },
  },
  deploymentsAppKey: {
    // Validated here, because Argo CD sends no notifications at all if it cannot read this key, not even alerts.
    schema: appKey("deploymentsAppKey", "the GitHub App that writes deployments"),
    doc: "The private key of the GitHub App `argocd.deployments`.",
    example: "pulumi config set --secret deploymentsAppKey < deployments.private-key.pem",
    secret: true,
    required: { by: ["argocd.deployments"], expected: "a value", fix: "Set both, or remove the ids." },
  },
});

/** The destinations of notifications. Each is undefined if it is not configured. */
export interface Notifications {
  /** The webhook that receives alerts. */
  readonly notifications: { readonly url: string; readonly token: pulumi.Output<string> | undefined } | undefined;
  /** The Slack channel that receives the same alerts, and the token of the Slack app that posts them. */
  readonly slack: { readonly channel: string; readonly token: pulumi.Output<string> } | undefined;
  /** The GitHub App that reports the services' health to GitHub as deployments. */
  readonly deployments:
    | {
        readonly appId: number;
        /** The App's installation in the repository's organisation. */
        readonly installationId: number;
        readonly privateKey: pulumi.Output<string>;
        /** The URL of GitHub's REST API. Undefined: github.com's. */
        readonly apiUrl: string | undefined;
        readonly repository: { readonly owner: string; readonly name: string };
      }
    | undefined;
}

/** Checks that alerts have a destination with `drift: alert`. */
export function checkNotifications(
  { argocd = {} }: ConfigurationOf<typeof notificationsArea & typeof receiversArea>,
  { drift }: DeliveryPolicy,
): Problem[] {
  const { notifications, slack, microsoftTeams, pagerDuty, email } = argocd;
  const receivers = [notifications, slack, microsoftTeams, pagerDuty, email?.to];
  if (drift !== "alert" || receivers.some((receiver) => receiver !== undefined)) return [];
  return [
    {
      key: "argocd.notifications",
      got: "nothing",
      expected: "a URL if drift is alert",
      fix:
        "Set it to a webhook that notifies somebody, or set another receiver, such as argocd.slack: " +
        "with drift: alert, a live edit is only reported.",
    },
  ];
}

/** The destinations from a checked configuration, with secrets as Pulumi secrets. */
export function notifications(
  configuration: ConfigurationOf<typeof notificationsArea & typeof repositoryArea>,
): Notifications {
  const { argocd = {}, notificationsToken, slackToken, deploymentsAppKey, repository } = configuration;
  const { notifications: url, slack, deployments } = argocd;
  return {
    notifications: url === undefined ? undefined : { url, token: secret(notificationsToken) },
    slack: slack && slackToken !== undefined ? { ...slack, token: pulumi.secret(slackToken) } : undefined,
    deployments:
      deployments && repository && deploymentsAppKey !== undefined
        ? {
            ...deployments,
            privateKey: pulumi.secret(deploymentsAppKey),
            apiUrl: restApiUrl(repository),
            repository: { owner: repository.owner, name: repository.name },
          }
        : undefined,
  };
}

function restApiUrl(repository: Repository): string | undefined {
  const serverUrl = enterpriseUrl(repository);
  return serverUrl === undefined ? undefined : restUrl(serverUrl);
}

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}
