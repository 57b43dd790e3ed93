import { environmentBranch } from "@gitops-platform/contract/branches";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { manifestsPath, type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { remoteBranch } from "../git/refs";

/**
 * The branch that has a service's workload in an environment; undefined if there is none.
 * @param main The commit of `main` to look at.
 */
export async function branchWithWorkload(
  clone: Clone,
  graph: EnvironmentGraph,
  file: ValuesFile,
  main: string,
): Promise<string | undefined> {
  const own = environmentBranch(file.environment);
  const waits = graph.approved.includes(file.environment);
  const revision = waits ? remoteBranch(own) : main;
  if ((await clone.resolve(revision)) === undefined) return undefined;
  const paths = [...valuesPaths(file), ...(waits ? [manifestsPath(file.service)] : [])];
  return (await clone.list(revision, ...paths)).length > 0 ? (waits ? own : "main") : undefined;
}
