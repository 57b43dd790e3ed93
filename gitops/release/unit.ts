import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { environmentBranch, releaseBranch } from "../../contract/branches";
import {
  CHARTS,
  MANIFESTS,
  manifestsPath,
  parseManifestsPath,
  parseValuesPath,
  type ValuesFile,
  valuesFolder,
  valuesPath,
} from "../../contract/paths";
import { renderRevision, servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { carry, withFiles } from "../git/commits";
import { isolated } from "../git/environment";
import { changesBetween } from "../git/file-history";
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
  return releaseBranch(unit.environment, unitName(unit));
}

/**
 * What differs between an environment's branch and `main`, unit by unit; charts come first, because values may need
 * them. Beside them services whose manifests are missing: the environment waits for approvals only now. `.github/` is
 * not released: each branch has CODEOWNERS of its own, and of the workflows `env/<name>` runs none but review.yaml,
 * which `gitops platform` keeps up to date.
 */
export async function unitsToRelease(clone: Clone, environment: string): Promise<Unit[]> {
  const paths = [CHARTS, valuesFolder(environment)];
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

/** What a release makes of an environment's branch. */
export interface Wanted {
  readonly tree: string;
  /** How the manifests change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
}

/**
 * The environment's branch with what `main` has of a unit: values or charts, without the manifests that follow from
 * them.
 */
export function sourcesOf(clone: Clone, unit: Unit, base: string): Promise<string> {
  return carry(clone, base, MAIN, unit.path);
}

/** Adds to the sources what Helm renders from them, or says why the release cannot be let in. */
export async function withManifests(
  clone: Clone,
  unit: Unit,
  base: string,
  sources: string,
): Promise<Wanted | { readonly blocked: string }> {
  const files = await filesOf(clone, unit, base, sources);
  const rendered = await renderRevision(clone, sources, files);
  const before = await manifestsAt(clone, base, files);
  const changes = new Map<string, string | null>();
  const parts: string[] = [];
  for (const [index, file] of files.entries()) {
    const made = rendered[index];
    if (made && "error" in made) return { blocked: await reason(clone, unit, file, made.error) };
    changes.set(manifestsPath(file.service), made?.manifests ?? null);
    const diff = await unifiedDiff(before[index] ?? "", made?.manifests ?? "");
    if (diff !== "") parts.push(files.length > 1 ? `# ${file.service}\n${diff}` : diff);
  }
  return { tree: await withFiles(clone, sources, changes), diff: parts.join("\n") };
}

/** The manifests that a unit's release may change: the service's, or for charts those of all services. */
export function manifestsOf({ service }: Unit): string {
  return service === undefined ? MANIFESTS : manifestsPath(service);
}

/** The values that a unit's release renders: its own, or for charts all that the environment's branch has. */
async function filesOf(clone: Clone, { environment, service }: Unit, base: string, sources: string) {
  if (service !== undefined) return [{ environment, service }];
  const lists = [base, sources].map((revision) => servicesAt(clone, revision, environment));
  const services = (await Promise.all(lists)).flatMap(({ values, manifests }) => [...values, ...manifests]);
  return [...new Set(services)].sort().map((name) => ({ environment, service: name }));
}

/** What the cluster has: the manifests, or what Argo CD renders as long as the branch has none. */
async function manifestsAt(clone: Clone, revision: string, files: readonly ValuesFile[]) {
  const texts = files.map(({ service }) => clone.read(revision, manifestsPath(service)));
  const present = await Promise.all(texts);
  const missing = files.filter((_, index) => present[index] === undefined);
  const rendered = await renderRevision(clone, revision, missing);
  return files.map((file, index) => {
    const made = rendered[missing.indexOf(file)];
    return present[index] ?? (made && "manifests" in made ? made.manifests : "");
  });
}

async function reason(clone: Clone, unit: Unit, file: ValuesFile, error: string): Promise<string> {
  const { environment, service } = unit;
  const path = valuesPath(file);
  if (service === undefined) {
    const wayOut = "Make the chart take what is there, or release both in one pull request by hand.";
    return `charts: ${path} of env/${environment} does not render with main's: ${error} ${wayOut}`;
  }
  const [withMain] = await renderRevision(clone, MAIN, [file]);
  return withMain && "manifests" in withMain
    ? `${path}: needs charts/service as it is on main, which env/${environment} does not have: ${error} Release charts first.`
    : `${path}: does not render: ${error} Repair it on main.`;
}

/** The lines in which two texts differ, as `git diff` shows them, without its header; empty where they do not. */
export async function unifiedDiff(before: string, after: string): Promise<string> {
  if (before === after) return "";
  const folder = await mkdtemp(join(tmpdir(), "gitops-diff-"));
  try {
    await Promise.all([writeFile(join(folder, "before"), before), writeFile(join(folder, "after"), after)]);
    const options = ["--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--text"];
    const args = ["diff", ...options, "before", "after"];
    // Its exit code says that they differ.
    const { stdout } = await execa("git", args, { cwd: folder, env: isolated(), extendEnv: false, reject: false });
    return stdout.slice(Math.max(0, stdout.indexOf("@@")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
