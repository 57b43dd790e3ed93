import { environmentBranch, releaseBranch } from "@gitops-platform/contract/branches";
import {
  declarationPath,
  deliveryPath,
  parseDeclarationPath,
  parseDeliveryPath,
} from "@gitops-platform/contract/catalogue";
import {
  CHARTS,
  MANIFESTS,
  manifestsPath,
  parseManifestsPath,
  parseValuesPath,
  valuesFolder,
  valuesPaths,
} from "@gitops-platform/contract/paths";
import { delivered, deliveryFilesAt } from "../catalogue/delivered";
import { servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";

/** What is approved and released separately: a service in an environment, or the charts. */
export interface ReleaseUnit {
  readonly environment: string;
  /** The service; undefined: the charts. */
  readonly service: string | undefined;
}

/** A unit's name: the service's, or `charts`. */
export function unitName({ service }: ReleaseUnit): string {
  return service ?? CHARTS;
}

/** The branch of a unit's release. */
export function unitBranch(unit: ReleaseUnit): string {
  return releaseBranch(unit.environment, unitName(unit));
}

/** What a release takes from `main`: the charts, or a service's values and declaration. */
export function sourcePaths({ environment, service }: ReleaseUnit): string[] {
  return service === undefined ? [CHARTS] : [...valuesPaths({ environment, service }), declarationPath(service)];
}

/** What a release makes from its sources: manifests, and for a service the objects that deliver it. */
export function madePaths({ environment, service }: ReleaseUnit): string[] {
  return service === undefined ? [MANIFESTS] : [manifestsPath(service), deliveryPath({ environment, service })];
}

/** Whether a path is part of a unit. */
export function belongsTo(unit: ReleaseUnit, path: string): boolean {
  return [...sourcePaths(unit), ...madePaths(unit)].some((own) => path === own || path.startsWith(`${own}/`));
}

/**
 * The units that some paths belong to. Changed manifests belong to their service, or to the charts if these changed.
 */
export function unitsOf(environment: string, paths: readonly string[]): ReleaseUnit[] {
  const anyChart = paths.some((path) => path.startsWith(`${CHARTS}/`));
  const services = paths.flatMap((path) => {
    const file = parseValuesPath(path) ?? parseDeliveryPath(path);
    if (file) return file.environment === environment ? [file.service] : [];
    return parseDeclarationPath(path) ?? (anyChart ? [] : (parseManifestsPath(path) ?? []));
  });
  return [
    ...(anyChart ? [{ environment, service: undefined }] : []),
    ...[...new Set(services)].map((service) => ({ environment, service })),
  ];
}

/**
 * The units that differ between an environment's branch and `main`; charts first, because values may need them.
 * Services without manifests are included, as in an environment that has just begun to require approvals. `.github/` is
 * not released, because each branch has its own CODEOWNERS, and `gitops platform` updates the only workflow that runs
 * there.
 */
export async function unitsToRelease(clone: Clone, environment: string): Promise<ReleaseUnit[]> {
  const base = remoteBranch(environmentBranch(environment));
  const changes = await changesBetween(clone, base, MAIN, CHARTS, valuesFolder(environment));
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const others = [
    ...(await servicesLackingManifests(clone, base, environment)),
    ...(await servicesToDeliver(clone, base, environment)),
  ];
  const known = new Set(units.map(({ service }) => service));
  const all = [
    ...units,
    ...[...new Set(others)].flatMap((service) => (known.has(service) ? [] : { environment, service })),
  ];
  const elsewhere = await servicesElsewhere(clone, base, environment);
  return all.filter(({ service }) => service === undefined || !elsewhere.has(service));
}

/** Fetches the files that the releases of some units read, by one request. */
export async function prefetchUnits(clone: Clone, units: readonly ReleaseUnit[]): Promise<void> {
  const names = units.flatMap((unit) => {
    if (unit.service === undefined) return [];
    const base = remoteBranch(environmentBranch(unit.environment));
    const sources = sourcePaths(unit);
    return [
      ...sources.map((path) => `${MAIN}:${path}`),
      ...[...sources, ...madePaths(unit)].map((path) => `${base}:${path}`),
    ];
  });
  await clone.prefetch(names);
}

/** The services that have either values or manifests at a revision, but not both. */
export async function servicesLackingManifests(clone: Clone, revision: string, environment: string): Promise<string[]> {
  const { values, manifests } = await servicesAt(clone, revision, environment);
  return [
    ...values.filter((service) => !manifests.includes(service)),
    ...manifests.filter((service) => !values.includes(service)),
  ];
}

/**
 * The services whose objects on an environment's branch differ from what `main` gives. A declaration that gives the
 * same there asks for no release, so a change that concerns another environment leads to none.
 */
async function servicesToDeliver(clone: Clone, base: string, environment: string): Promise<string[]> {
  const [wanted, present] = await Promise.all([
    delivered(clone, MAIN, environment),
    deliveryFilesAt(clone, base, environment),
  ]);
  if (wanted.unreadable !== undefined) return [];
  const services = new Set([...wanted.files.keys(), ...present.keys(), ...wanted.problems.keys()]);
  return [...services].filter((service) => wanted.files.get(service) !== present.get(service)).sort();
}

/** The services whose declaration on `main` does not name the environment, and of which its branch has nothing. */
async function servicesElsewhere(clone: Clone, base: string, environment: string): Promise<ReadonlySet<string>> {
  const { elsewhere } = await delivered(clone, MAIN, environment);
  if (elsewhere.size === 0) return elsewhere;
  const { values, manifests } = await servicesAt(clone, base, environment);
  const there = new Set([...values, ...manifests, ...(await deliveryFilesAt(clone, base, environment)).keys()]);
  return new Set([...elsewhere].filter((service) => !there.has(service)));
}
