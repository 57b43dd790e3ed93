import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Adds the secret ALERTS_URL, to which the release workflow sends alerts. It is a secret of the environment `release`,
 * because anyone who knows the URL can post there, and false alarms also wake people.
 * @param url The URL. Undefined: the secret is not created.
 * @param options The parent, and the resources that must exist before the repository holds a secret.
 */
export function addAlertsUrl(
  url: pulumi.Input<string> | undefined,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): void {
  if (url === undefined) return;
  new github.ActionsEnvironmentSecret(
    "secret-ALERTS_URL",
    { repository, environment: "release", secretName: "ALERTS_URL", value: url },
    options,
  );
}
