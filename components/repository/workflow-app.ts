import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkflowApp } from "../../environments/workflow-apps";

/**
 * Tells workflows how to act as an App: its id to all of them, its key to those that may use the deployment environment
 * of its name.
 *
 * Neither is retained. A key that was changed is written over. One that leaves the settings, or the stack, is one that
 * nobody here changes any more, and must not go on working unseen. GitHub also refuses a variable that is there, so one
 * that stayed would be in the way of the next `up`.
 * @param options The parent, and what must stand before the repository may hold a key.
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
