import { ENVIRONMENT_BRANCHES } from "../../contract/branches";
import { parseValuesPath, VALUES } from "../../contract/paths";
import { environments } from "../../environments/catalogue";
import { suggest } from "../../environments/problems";
import { CHARTS, SERVICE_NAME } from "../../contract/paths";
import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { MAIN, remoteBranch } from "../git/refs";

/** A service where there is one, and environments by the options that name them. */
type Names = Readonly<Partial<Record<string, string>>>;

/** What cannot be a service or an environment, each in a sentence. Environments go by the option that names them. */
export function nameProblems({ service, ...named }: Names): string[] {
  const known = environments.map(({ name }) => name);
  const problems = Object.entries(named)
    .filter(([, name]) => name === undefined || !known.includes(name))
    .map(([key, name]) => `${key}: got ${JSON.stringify(name)}; expected one of ${known.join(", ")}.`);
  if (service === CHARTS) {
    problems.unshift(`service: got "${CHARTS}"; expected another name: releases of the charts have this one.`);
  } else if (service !== undefined && !SERVICE_NAME.test(service)) {
    const rule = "a service's name: lower-case letters, digits and hyphens, a letter first";
    problems.unshift(`service: got ${JSON.stringify(service)}; expected ${rule}.`);
  }
  return problems;
}

/** Refuses what cannot be a service or an environment, all problems at once. */
export function checkNames(names: Names): void {
  const problems = nameProblems(names);
  if (problems.length > 0) throw new Failure(...problems);
}

/**
 * The names of the services that there are: on `main`, and on the branches of environments, which may be behind.
 * Sorted.
 */
export async function servicesIn(clone: Clone): Promise<string[]> {
  const format = "--format=%(refname)";
  const branches = await clone.git("for-each-ref", format, MAIN, remoteBranch(ENVIRONMENT_BRANCHES));
  const revisions = branches.split("\n").filter((branch) => branch !== "");
  const paths = await Promise.all(revisions.map((revision) => clone.list(revision, VALUES)));
  return [...new Set(paths.flat().flatMap((path) => parseValuesPath(path)?.service ?? []))].sort();
}

/** Refuses a name that nothing has: that nothing was found of it would read as if all were well. */
export function checkService(service: string, known: readonly string[]): void {
  if (known.includes(service)) return;
  throw new Failure(`service: got ${JSON.stringify(service)}; expected one that there is. ${suggest(service, known)}`);
}
