import { MANIFESTS, manifestsPath, parseManifestsPath } from "../../environments/manifests";
import { CHARTS } from "../../environments/service-name";
import { servicesAt } from "../chart/revision";
import { changesBetween } from "../git/changes";
import type { Clone } from "../git/clone";
import { parseValuesPath, valuesPath } from "../values/files";
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
 * What differs between an environment's branch and `main`, unit by unit; charts come first, because values may need
 * them. Beside them services whose manifests are missing: the environment waits for approvals only now. `.github/` is
 * not released: each branch has CODEOWNERS of its own, and of the workflows `env/<name>` runs none but review.yaml,
 * which `gitops platform` keeps up to date.
 */
export async function unitsToRelease(clone: Clone, environment: string): Promise<Unit[]> {
  const paths = [CHARTS, `environments/${environment}`];
  const base = remoteBranch(environmentBranch(environment));
  const changes = await changesBetween(clone, base, MAIN, ...paths);
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const lacking = (await withoutManifests(clone, base, environment))
    .filter((service) => !units.some((unit) => unit.service === service))
    .map((service) => ({ environment, service, path: valuesPath({ environment, service }) }));
  return [...units, ...lacking];
}

/** Fetches what the releases of some services read, by one request. */
export async function prefetchUnits(clone: Clone, units: readonly Unit[]): Promise<void> {
  const names = units.map(({ environment, service, path }) => {
    const base = remoteBranch(environmentBranch(environment));
    return service === undefined ? [] : [`${MAIN}:${path}`, `${base}:${path}`, `${base}:${manifestsPath(service)}`];
  });
  await clone.prefetch(names.flat());
}

/** The services that have values at a revision and no manifests, or the other way round. */
export async function withoutManifests(clone: Clone, revision: string, environment: string): Promise<string[]> {
  const { values, manifests } = await servicesAt(clone, revision, environment);
  return [
    ...values.filter((service) => !manifests.includes(service)),
    ...manifests.filter((service) => !values.includes(service)),
  ];
}

/** The units that some paths belong to. Manifests are their service's; beside charts they follow from those. */
export function unitsOf(environment: string, paths: readonly string[]): Unit[] {
  const anyChart = paths.some((path) => path.startsWith(`${CHARTS}/`));
  const services = paths.flatMap((path) => {
    const file = parseValuesPath(path);
    if (file) return file.environment === environment ? [file.service] : [];
    return anyChart ? [] : (parseManifestsPath(path) ?? []);
  });
  return [
    ...(anyChart ? [{ environment, service: undefined, path: CHARTS }] : []),
    ...[...new Set(services)].map((service) => ({ environment, service, path: valuesPath({ environment, service }) })),
  ];
}

/** Whether a path is part of a unit: its sources, or the manifests that follow from them. */
export function isOf({ service, path: own }: Unit, path: string): boolean {
  if (path === own || path.startsWith(`${own}/`)) return true;
  return service === undefined ? path.startsWith(`${MANIFESTS}/`) : path === manifestsPath(service);
}
