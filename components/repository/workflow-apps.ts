import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";
import type { WorkflowApp } from "@gitops-platform/environments/settings/workflow-apps";

/**
 * Creates a deployment environment for the keys of workflows. Only workflows on `main` can read them. Returns the
 * resource that must exist before a key is stored in the environment.
 */
export function addDeploymentEnvironment(
  name: string,
  repository: pulumi.Input<string>,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const environment = new github.RepositoryEnvironment(
    `environment-${name}`,
    {
      repository,
      environment: name,
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    },
    options,
  );
  return new github.RepositoryEnvironmentDeploymentPolicy(
    `environment-${name}-main`,
    { repository, environment: environment.environment, branchPattern: "main" },
    // Not retained: GitHub refuses to create a policy that exists, so the next `up` would fail. Without the policy, no
    // branch can read the keys.
    { ...options, retainOnDelete: false, dependsOn: [environment] },
  );
}

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
