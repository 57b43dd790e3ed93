import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { environmentBranch, releaseBranch } from "@gitops-platform/contract/branches";
import {
  CHARTS,
  MANIFESTS,
  manifestsPath,
  parseManifestsPath,
  parseValuesPath,
  type ValuesFile,
  valuesFolder,
  valuesPath,
} from "@gitops-platform/contract/paths";
import { renderRevision, servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { carry, withFiles } from "../git/commits";
import { isolated } from "@gitops-platform/clients/git/environment";
import { changesBetween } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";

/** What is approved and released separately: a service's values in an environment, or the charts. */
export interface ReleaseUnit {
  readonly environment: string;
  /** The service; undefined: the charts. */
  readonly service: string | undefined;
  /** Its file or folder. */
  readonly path: string;
}

/** A unit's name: the service's, or `charts`. */
export function unitName({ service }: ReleaseUnit): string {
  return service ?? CHARTS;
}

/** The branch of a unit's release. */
export function unitBranch(unit: ReleaseUnit): string {
  return releaseBranch(unit.environment, unitName(unit));
}

/**
 * The units that differ between an environment's branch and `main`; charts first, because values may need them.
 * Services without manifests are included, as in an environment that has just begun to require approvals. `.github/` is
 * not released, because each branch has its own CODEOWNERS, and `gitops platform` updates the only workflow that runs
 * there.
 */
export async function unitsToRelease(clone: Clone, environment: string): Promise<ReleaseUnit[]> {
  const paths = [CHARTS, valuesFolder(environment)];
  const base = remoteBranch(environmentBranch(environment));
  const changes = await changesBetween(clone, base, MAIN, ...paths);
  const units = unitsOf(
    environment,
    changes.map(({ path }) => path),
  );
  const lacking = (await servicesLackingManifests(clone, base, environment))
    .filter((service) => !units.some((unit) => unit.service === service))
    .map((service) => ({ environment, service, path: valuesPath({ environment, service }) }));
  return [...units, ...lacking];
}

/** Fetches the files that the releases of some units read, by one request. */
export async function prefetchUnits(clone: Clone, units: readonly ReleaseUnit[]): Promise<void> {
  const names = units.map(({ environment, service, path }) => {
    const base = remoteBranch(environmentBranch(environment));
    return service === undefined ? [] : [`${MAIN}:${path}`, `${base}:${path}`, `${base}:${manifestsPath(service)}`];
  });
  await clone.prefetch(names.flat());
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
 * The units that some paths belong to. Changed manifests belong to their service, or to the charts if these changed.
 */
export function unitsOf(environment: string, paths: readonly string[]): ReleaseUnit[] {
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

/** Whether a path is part of a unit: its sources, or the manifests rendered from them. */
export function belongsTo({ service, path: own }: ReleaseUnit, path: string): boolean {
  if (path === own || path.startsWith(`${own}/`)) return true;
  return service === undefined ? path.startsWith(`${MANIFESTS}/`) : path === manifestsPath(service);
}

/** The content of an environment's branch after a release. */
export interface ReleaseContent {
  readonly tree: string;
  /** How the manifests change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
}

/** The tree of the environment's branch with a unit's sources from `main`, before its manifests are rendered. */
export function sourcesOf(clone: Clone, unit: ReleaseUnit, base: string): Promise<string> {
  return carry(clone, base, MAIN, unit.path);
}

/** Adds the manifests that Helm renders from the sources, or returns why it cannot. */
export async function withManifests(
  clone: Clone,
  unit: ReleaseUnit,
  base: string,
  sources: string,
): Promise<ReleaseContent | { readonly blocked: string }> {
  const files = await filesOf(clone, unit, base, sources);
  const rendered = await renderRevision(clone, sources, files);
  const before = await manifestsAt(clone, base, files);
  const changes = new Map<string, string | null>();
  const parts: string[] = [];
  for (const [index, file] of files.entries()) {
    const made = rendered[index];
    if (made && "error" in made) return { blocked: await renderProblem(clone, unit, file, made.error) };
    changes.set(manifestsPath(file.service), made?.manifests ?? null);
    const diff = await unifiedDiff(before[index] ?? "", made?.manifests ?? "");
    if (diff !== "") parts.push(files.length > 1 ? `# ${file.service}\n${diff}` : diff);
  }
  return { tree: await withFiles(clone, sources, changes), diff: parts.join("\n") };
}

/** The path of the manifests that a unit's release may change: the service's, or for charts all. */
export function manifestsOf({ service }: ReleaseUnit): string {
  return service === undefined ? MANIFESTS : manifestsPath(service);
}

/** The values that a unit's release renders: the service's, or for charts all on the environment's branch. */
async function filesOf(clone: Clone, { environment, service }: ReleaseUnit, base: string, sources: string) {
  if (service !== undefined) return [{ environment, service }];
  const lists = [base, sources].map((revision) => servicesAt(clone, revision, environment));
  const services = (await Promise.all(lists)).flatMap(({ values, manifests }) => [...values, ...manifests]);
  return [...new Set(services)].sort().map((name) => ({ environment, service: name }));
}

/** The manifests that the cluster has: those on the branch, or, if it has none, what Argo CD renders. */
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

async function renderProblem(clone: Clone, unit: ReleaseUnit, file: ValuesFile, error: string): Promise<string> {
  const { environment, service } = unit;
  const path = valuesPath(file);
  if (service === undefined) {
    const wayOut = "Make the chart accept these values, or release both in one pull request by hand.";
    return `charts: ${path} of env/${environment} does not render with main's: ${error} ${wayOut}`;
  }
  const [withMain] = await renderRevision(clone, MAIN, [file]);
  return withMain && "manifests" in withMain
    ? `${path}: needs charts/service of main, which env/${environment} does not have: ${error} Release charts first.`
    : `${path}: does not render: ${error} Repair it on main.`;
}

/** The differences of two texts as in `git diff`, without the header; empty if they are equal. */
export async function unifiedDiff(before: string, after: string): Promise<string> {
  if (before === after) return "";
  const folder = await mkdtemp(join(tmpdir(), "gitops-diff-"));
  try {
    await Promise.all([writeFile(join(folder, "before"), before), writeFile(join(folder, "after"), after)]);
    const options = ["--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--text"];
    const args = ["diff", ...options, "before", "after"];
    // The exit code is 1 if they differ.
    const { stdout } = await execa("git", args, { cwd: folder, env: isolated(), extendEnv: false, reject: false });
    return stdout.slice(Math.max(0, stdout.indexOf("@@")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
