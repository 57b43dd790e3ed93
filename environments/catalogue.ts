import { environmentBranch } from "@gitops-platform/contract/branches";
import { dev } from "./dev";
import type { DeliveryPolicy, Environment } from "./environment";
import { prod } from "./prod";
import { staging } from "./staging";

/** All environments, in the order of promotion. */
export const environments: readonly Environment[] = [dev, staging, prod];

/** The environment with that name; undefined if there is none. */
export function findEnvironment(name: string): Environment | undefined {
  return environments.find((environment) => environment.name === name);
}

/** The environment that an approval branch belongs to; undefined for any other branch, even below `env/`. */
export function environmentOfBranch(branch: string): string | undefined {
  return environments.find(({ name }) => environmentBranch(name) === branch)?.name;
}

/** Whether the environment follows an approval branch: changes are deployed once they are approved and merged there. */
export function followsApprovals(delivery: DeliveryPolicy): boolean {
  return delivery.sync === "manual" && delivery.drift === "heal";
}

/**
 * The environments with an approval branch, according to environments/<name>.ts. Stack settings are not considered: the
 * stack that owns the repository cannot see the other stacks' files, and switching from heal to alert must not remove a
 * protected branch.
 */
export function approvedEnvironments(): string[] {
  return environments.filter(({ delivery }) => followsApprovals(delivery)).map(({ name }) => name);
}

/** The branch that an environment's Applications follow. */
export function trackedBranch(name: string, delivery: DeliveryPolicy): string {
  return followsApprovals(delivery) ? environmentBranch(name) : "main";
}

/**
 * The revision that an environment's Applications follow: the branch's full ref name. Argo CD resolves a short name to
 * any ref that ends with it, including a tag, which any writer can push:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#handling-ambiguous-git-references-in-argo-cd
 */
export function trackedRevision(name: string, delivery: DeliveryPolicy): string {
  return `refs/heads/${trackedBranch(name, delivery)}`;
}
