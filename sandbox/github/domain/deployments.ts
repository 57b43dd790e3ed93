import type { DeploymentRecord, DeploymentState } from "../deployments/records";

/** The current state of a deployment; undefined before its first status. */
export function stateOf({ statuses }: DeploymentRecord): DeploymentState | undefined {
  return statuses.at(-1)?.state;
}

/**
 * The deployments that a newer one's success makes inactive: earlier successful ones of its environment, except
 * transient and production ones.
 */
export function superseded(deployments: readonly DeploymentRecord[], newer: DeploymentRecord): DeploymentRecord[] {
  return deployments.filter(
    (other) =>
      other.id < newer.id &&
      other.environment === newer.environment &&
      !other.isTransient &&
      !other.isProduction &&
      stateOf(other) === "success",
  );
}

/** Whether a deployment can be deleted: an active one only if the repository has no other. */
export function isDeletable(deployments: readonly DeploymentRecord[], deployment: DeploymentRecord): boolean {
  return deployments.length === 1 || stateOf(deployment) !== "success";
}
