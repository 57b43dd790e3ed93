import * as pulumi from "@pulumi/pulumi";
import type { DeliveryPolicy } from "./environment";
import { enterpriseUrl, restUrl } from "./github-url";
import type { Problem } from "./problems";
import type { Configuration } from "./schema";

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

/** Checks that alerts have a destination with `drift: alert`, and that destinations and secrets are set in pairs. */
export function checkNotifications(configuration: Configuration, { drift }: DeliveryPolicy): Problem[] {
  const { argocd = {}, notificationsToken, slackToken, deploymentsAppKey } = configuration;
  const problems: Problem[] = [];
  if (drift === "alert" && argocd.notifications === undefined && argocd.slack === undefined) {
    problems.push({
      key: "argocd.notifications",
      got: "nothing",
      expected: "a URL if drift is alert",
      fix:
        "Set it to a webhook that notifies somebody, or set argocd.slack: with drift: alert, " +
        "a live edit is only reported.",
    });
  }
  if (notificationsToken !== undefined && argocd.notifications === undefined) {
    problems.push(unpaired("argocd.notifications", "a URL", "notificationsToken", "the token"));
  }
  if (slackToken !== undefined && argocd.slack === undefined) {
    problems.push(unpaired("argocd.slack", "a channel", "slackToken", "the token"));
  }
  if (slackToken === undefined && argocd.slack !== undefined) {
    problems.push(unpaired("slackToken", "a value", "argocd.slack", "the channel"));
  }
  if (deploymentsAppKey !== undefined && argocd.deployments === undefined) {
    problems.push(unpaired("argocd.deployments", "appId and installationId", "deploymentsAppKey", "the key"));
  }
  if (deploymentsAppKey === undefined && argocd.deployments !== undefined) {
    problems.push(unpaired("deploymentsAppKey", "a value", "argocd.deployments", "the ids"));
  }
  return problems;
}

function unpaired(key: string, expected: string, otherKey: string, other: string): Problem {
  return { key, got: "nothing", expected: `${expected} if ${otherKey} is set`, fix: `Set both, or remove ${other}.` };
}

/** The destinations from a checked configuration, with secrets as Pulumi secrets. */
export function notifications(configuration: Configuration): Notifications {
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

function restApiUrl(repository: NonNullable<Configuration["repository"]>): string | undefined {
  const serverUrl = enterpriseUrl(repository);
  return serverUrl === undefined ? undefined : restUrl(serverUrl);
}

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}
