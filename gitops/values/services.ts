import { suggest } from "../../environments/problems";
import { Failure } from "../failure";
import type { Clone } from "../git/clone";
import { parseValuesPath } from "./files";
import { MAIN, remoteBranch } from "../git/refs";

/**
 * The names of the services that there are: on `main`, and on the branches of environments, which may be behind.
 * Sorted.
 */
export async function servicesIn(clone: Clone): Promise<string[]> {
  const format = "--format=%(refname)";
  const branches = await clone.git("for-each-ref", format, MAIN, remoteBranch("env/"));
  const revisions = branches.split("\n").filter((branch) => branch !== "");
  const paths = await Promise.all(revisions.map((revision) => clone.list(revision, "environments")));
  return [...new Set(paths.flat().flatMap((path) => parseValuesPath(path)?.service ?? []))].sort();
}

/** Refuses a name that nothing has: that nothing was found of it would read as if all were well. */
export function checkService(service: string, known: readonly string[]): void {
  if (known.includes(service)) return;
  throw new Failure(`service: got ${JSON.stringify(service)}; expected one that there is. ${suggest(service, known)}`);
}
