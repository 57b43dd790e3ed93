import { dev } from "./dev";
import type { Delivery, Environment } from "./environment";
import { prod } from "./prod";
import { staging } from "./staging";

/** Every environment that the platform knows, in the order in which a change flows through them. */
export const environments: readonly Environment[] = [dev, staging, prod];

/** The environment of that name; undefined where there is none. */
export function findEnvironment(name: string): Environment | undefined {
  return environments.find((environment) => environment.name === name);
}

/** The branch that holds an environment's approved state, where the environment has one. */
export function environmentBranch(name: string): string {
  return `env/${name}`;
}

/**
 * The environment whose approved state a branch holds; undefined for any other branch, whatever its name begins with.
 */
export function environmentOfBranch(branch: string): string | undefined {
  return environments.find(({ name }) => environmentBranch(name) === branch)?.name;
}

/** Whether changes wait on a branch of their own until they are approved. */
export function followsApprovals(delivery: Delivery): boolean {
  return delivery.sync === "manual" && delivery.drift === "heal";
}

/** The branch that an environment's Applications follow. */
export function trackedBranch(name: string, delivery: Delivery): string {
  return followsApprovals(delivery) ? environmentBranch(name) : "main";
}

/**
 * What an environment's Applications name as their revision: the branch's full name. Argo CD takes a short name for any
 * ref that ends with it, a tag among them, and any writer can push one:
 * https://argo-cd.readthedocs.io/en/stable/user-guide/tracking_strategies/#handling-ambiguous-git-references-in-argo-cd
 */
export function trackedRevision(name: string, delivery: Delivery): string {
  return `refs/heads/${trackedBranch(name, delivery)}`;
}
