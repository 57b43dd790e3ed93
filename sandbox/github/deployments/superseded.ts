import type { DeploymentRecord, DeploymentState } from "./records";

/** How a deployment stands; undefined before its first status. */
export function stateOf({ statuses }: DeploymentRecord): DeploymentState | undefined {
  return statuses.at(-1)?.state;
}

/**
 * The deployments that a newer one's success makes inactive: the earlier ones of its environment that succeeded, but
 * for transient and production environments, whose deployments stand beside each other.
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

/** Whether a deployment may be deleted: an active one only where the repository has no other. */
export function isDeletable(deployments: readonly DeploymentRecord[], deployment: DeploymentRecord): boolean {
  return deployments.length === 1 || stateOf(deployment) !== "success";
}
