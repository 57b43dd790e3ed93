import { environmentBranch } from "@gitops-platform/contract/branches";
import { EnvironmentGraph, type EnvironmentNode, graphProblems } from "@gitops-platform/contract/environment-graph";
import { type Problem, show } from "@gitops-platform/contract/problems";
import { dev } from "./dev";
import type { DeliveryPolicy, Environment } from "./environment";
import { prod } from "./prod";
import { staging } from "./staging";

/** All environments. The order decides only between those that are promoted from the same one. */
const DECLARED: readonly Environment[] = [dev, staging, prod];

/** The environments as a graph. */
export const graph = new EnvironmentGraph(DECLARED.map(nodeOf));

/** All environments, in the order of promotion. */
export const environments: readonly Environment[] = graph.names.flatMap((name) => findEnvironment(name) ?? []);

/** The environment with that name; undefined if there is none. */
export function findEnvironment(name: string): Environment | undefined {
  return DECLARED.find((environment) => environment.name === name);
}

/** Finds everything that is wrong with declared environments. Default: those of the program. */
export function declarationProblems(declared = DECLARED): Problem[] {
  return [...graphProblems(declared.map(nodeOf)), ...ownerProblems(declared), ...productionProblems(declared)];
}

function ownerProblems(declared: readonly Environment[]): Problem[] {
  const owners = declared.filter(({ manageRepository }) => manageRepository).map(({ name }) => name);
  if (owners.length === 1) return [];
  const got = owners.length === 0 ? "none" : owners.join(", ");
  const fix = "Set it to true in one of the files below environments/, and to false in the others.";
  const expected = "one environment, whose stack owns the repository";
  return [{ key: "environments.*.manageRepository", got: show(got), expected, fix }];
}

/** The policy pack's rules on approvals and on production take their environments from here, and would check none. */
function productionProblems(declared: readonly Environment[]): Problem[] {
  const production = declared.filter(({ stage }) => stage === "production");
  if (production.some(({ delivery }) => followsApprovals(delivery))) return [];
  const got = production.length === 0 ? "none of the stage production" : production.map(({ name }) => name).join(", ");
  const expected = "an environment of the stage production with delivery manual and heal, which waits for approval";
  const fix = "Set its stage and delivery in its file below environments/.";
  return [{ key: "environments.*.stage", got: show(got), expected, fix }];
}

function nodeOf({ name, stage, promotesFrom, delivery }: Environment): EnvironmentNode {
  return { name, stage, promotesFrom, waitsForApproval: followsApprovals(delivery) };
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
  return graph.approved;
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
