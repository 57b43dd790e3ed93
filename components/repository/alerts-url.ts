import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Tells the release workflow whom to tell. It is a secret, and in the environment of the release App: anyone who knows
 * the address may write there, and a false alarm wakes somebody too.
 * @param url The address; undefined: none is written.
 * @param options The parent, and what must stand before the repository may hold a secret.
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
