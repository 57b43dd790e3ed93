import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkflowApp } from "@gitops-platform/environments/settings/workflow-apps";

/**
 * Lets workflows authenticate as an App: every workflow can read its id, and those that use the deployment environment
 * of the same name can read its key.
 *
 * Neither is retained. A key removed from the settings or the stack is no longer rotated here, and must not keep
 * working unnoticed. GitHub also refuses to create a variable that exists, so the next `up` would fail.
 * @param options The parent, and the resources that must exist before the repository holds a key.
 */
export function addWorkflowApp(
  { name, appId, key }: WorkflowApp,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): void {
  const prefix = `${name.toUpperCase()}_APP`;
  if (appId !== undefined) {
    new github.ActionsVariable(
      `variable-${prefix}_ID`,
      { repository, variableName: `${prefix}_ID`, value: String(appId) },
      options,
    );
  }
  if (key !== undefined) {
    new github.ActionsEnvironmentSecret(
      `secret-${prefix}_KEY`,
      { repository, environment: name, secretName: `${prefix}_KEY`, value: key },
      options,
    );
  }
}
