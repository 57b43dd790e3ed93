import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkflowApp } from "@gitops-platform/environments/settings/workflow-apps";

/**
 * Adds the secret ALERTS_URL, to which an App's workflows send alerts. It is a secret of the App's environment, because
 * anyone who knows the URL can post there, and false alarms also wake people.
 * @param url The URL. Undefined: the secret is not created.
 * @param options The parent, and the resources that must exist before the repository holds a secret.
 */
export function addAlertsUrl(
  url: pulumi.Input<string> | undefined,
  environment: WorkflowApp["name"],
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): void {
  if (url === undefined) return;
  new github.ActionsEnvironmentSecret(
    environment === "release" ? "secret-ALERTS_URL" : `secret-ALERTS_URL-${environment}`,
    { repository, environment, secretName: "ALERTS_URL", value: url },
    options,
  );
}
