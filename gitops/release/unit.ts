import { CHARTS } from "../../environments/service-name";
import { changesBetween } from "../git/changes";
import type { Clone } from "../git/clone";
import { parseValuesPath } from "../values/files";
import { environmentBranch } from "../../environments/catalogue";
import { MAIN, remoteBranch } from "../git/refs";

/** What is released, and approved, by itself: a service's values in an environment, or the charts. */
export interface Unit {
  readonly environment: string;
  /** The service; undefined: the charts. */
  readonly service: string | undefined;
  /** The file, or folder, that it is. */
  readonly path: string;
}

/** A unit's name: the service's, or `charts`. */
export function unitName({ service }: Unit): string {
  return service ?? CHARTS;
}

/** The branch that a unit's release comes from. */
export function unitBranch(unit: Unit): string {
  return `release/${unit.environment}/${unitName(unit)}`;
}

/**
 * What differs between an environment's branch and `main`, unit by unit; charts come first, because values may need them. `.github/` is not released: each
 * branch has CODEOWNERS of its own, and of the workflows `env/<name>` runs none but review.yaml, which `gitops platform` keeps up to date.
 */
export async function unitsToRelease(clone: Clone, environment: string): Promise<Unit[]> {
  const paths = [CHARTS, `environments/${environment}`];
  const changes = await changesBetween(clone, remoteBranch(environmentBranch(environment)), MAIN, ...paths);
  return unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
}

/** The units that some paths belong to. */
export function unitsOf(environment: string, paths: readonly string[]): Unit[] {
  const services = paths
    .map((path) => ({ path, file: parseValuesPath(path) }))
    .filter(({ file }) => file?.environment === environment)
    .map(({ path, file }) => ({ environment, service: file?.service, path }));
  const anyChart = paths.some((path) => path.startsWith(`${CHARTS}/`));
  return [...(anyChart ? [{ environment, service: undefined, path: CHARTS }] : []), ...services];
}
