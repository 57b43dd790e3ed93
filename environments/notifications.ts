import * as pulumi from "@pulumi/pulumi";
import type { Delivery } from "./environment";
import { enterpriseUrl, restUrl } from "./github-address";
import type { Problem } from "./problems";
import type { Configuration } from "./schema";

/** Who is told what: each is undefined where it is not configured. */
export interface Notifications {
  /** The webhook that is told what people must hear of. */
  readonly notifications: { readonly url: string; readonly token: pulumi.Output<string> | undefined } | undefined;
  /** The Slack channel that is told the same, by the Slack app that the token belongs to. */
  readonly slack: { readonly channel: string; readonly token: pulumi.Output<string> } | undefined;
  /** The GitHub App that writes the services' health to GitHub as deployments. */
  readonly deployments:
    | {
        readonly appId: number;
        /** The App's installation in the repository's organisation. */
        readonly installationId: number;
        readonly privateKey: pulumi.Output<string>;
        /** GitHub's REST API where it is not github.com's. */
        readonly apiUrl: string | undefined;
        readonly repository: { readonly owner: string; readonly name: string };
      }
    | undefined;
}

/** Checks that an alert reaches somebody, and that each destination has its secret and each secret its destination. */
export function checkNotifications(configuration: Configuration, { drift }: Delivery): Problem[] {
  const { argocd = {}, notificationsToken, slackToken, deploymentsAppKey } = configuration;
  const problems: Problem[] = [];
  if (drift === "alert" && argocd.notifications === undefined && argocd.slack === undefined) {
    problems.push({
      key: "argocd.notifications",
      got: "nothing",
      expected: "an address beside drift: alert",
      fix: "Set it to the webhook that tells somebody, or set argocd.slack: with drift: alert nothing else happens to a live edit.",
    });
  }
  if (notificationsToken !== undefined && argocd.notifications === undefined) {
    problems.push(lonely("argocd.notifications", "an address", "notificationsToken", "the token"));
  }
  if (slackToken !== undefined && argocd.slack === undefined) {
    problems.push(lonely("argocd.slack", "a channel", "slackToken", "the token"));
  }
  if (slackToken === undefined && argocd.slack !== undefined) {
    problems.push(lonely("slackToken", "a value", "argocd.slack", "the channel"));
  }
  if (deploymentsAppKey !== undefined && argocd.deployments === undefined) {
    problems.push(lonely("argocd.deployments", "appId and installationId", "deploymentsAppKey", "the key"));
  }
  if (deploymentsAppKey === undefined && argocd.deployments !== undefined) {
    problems.push(lonely("deploymentsAppKey", "a value", "argocd.deployments", "the ids"));
  }
  return problems;
}

function lonely(key: string, expected: string, beside: string, other: string): Problem {
  return { key, got: "nothing", expected: `${expected} beside ${beside}`, fix: `Set both, or remove ${other}.` };
}

/** Who is told what, from a configuration that was checked; secrets are secret. */
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
            apiUrl: restAddress(repository),
            repository: { owner: repository.owner, name: repository.name },
          }
        : undefined,
  };
}

function restAddress(repository: NonNullable<Configuration["repository"]>): string | undefined {
  const address = enterpriseUrl(repository);
  return address === undefined ? undefined : restUrl(address);
}

function secret(value: string | undefined): pulumi.Output<string> | undefined {
  return value === undefined ? undefined : pulumi.secret(value);
}
