import { ENVIRONMENT_BRANCHES } from "@gitops-platform/contract/branches";
import { parseDeclarationPath, SERVICES } from "@gitops-platform/contract/catalogue";
import { CHARTS, parseValuesPath, SERVICE_NAME, VALUES } from "@gitops-platform/contract/paths";
import { suggest } from "@gitops-platform/contract/problems";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { MAIN, remoteBranch } from "../git/refs";
import { localGraph } from "../graph";

/** The names from the command line: a service, if the command has one, and environments by option. */
type Names = Readonly<Partial<Record<string, string>>>;

/** Describes each name that cannot be a service or an environment. */
export function nameProblems({ service, ...named }: Names): string[] {
  const known = localGraph().names;
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

/** Throws {@link Failure} with every name that cannot be a service or an environment. */
export function checkNames(names: Names): void {
  const problems = nameProblems(names);
  if (problems.length > 0) throw new Failure(...problems);
}

/** The sorted names of all services on `main` and on the approval branches, which may be behind: also retired ones. */
export async function servicesIn(clone: Clone): Promise<string[]> {
  const format = "--format=%(refname)";
  const branches = await clone.git("for-each-ref", format, MAIN, remoteBranch(ENVIRONMENT_BRANCHES));
  const revisions = branches.split("\n").filter((branch) => branch !== "");
  const paths = await Promise.all(revisions.map((revision) => clone.list(revision, VALUES, SERVICES)));
  const services = paths.flat().flatMap((path) => parseValuesPath(path)?.service ?? parseDeclarationPath(path) ?? []);
  return [...new Set(services)].sort();
}

/** Throws {@link Failure} for an unknown service: an empty result would look as if everything were fine. */
export function checkService(service: string, known: readonly string[]): void {
  const problem = serviceProblem(service, known);
  if (problem !== undefined) throw new Failure(problem);
}

/** Why there is no such service; undefined if there is. */
export function serviceProblem(service: string, known: readonly string[]): string | undefined {
  if (known.includes(service)) return undefined;
  return `service: got ${JSON.stringify(service)}; expected one that there is. ${suggest(service, known)}`;
}
