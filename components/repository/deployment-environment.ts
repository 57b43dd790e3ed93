import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";

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
