import * as github from "@pulumi/github";
import type * as pulumi from "@pulumi/pulumi";

/**
 * Makes a deployment environment, which holds keys that workflows need: a workflow on any other branch than `main` does
 * not get them. Answers what the environment must have before a key may be put there.
 */
export function addDeploymentEnvironment(
  name: string,
  repository: pulumi.Input<string>,
  kept: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const environment = new github.RepositoryEnvironment(
    `environment-${name}`,
    {
      repository,
      environment: name,
      canAdminsBypass: false,
      deploymentBranchPolicy: { protectedBranches: false, customBranchPolicies: true },
    },
    kept,
  );
  return new github.RepositoryEnvironmentDeploymentPolicy(
    `environment-${name}-main`,
    { repository, environment: environment.environment, branchPattern: "main" },
    // GitHub refuses one that is there, so one that stayed would be in the way of the next `up`. Without it no branch
    // gets the keys.
    { ...kept, retainOnDelete: false, dependsOn: [environment] },
  );
}
