import { MANIFESTS, manifestsPath } from "../../environments/manifests";
import { renderRevision, servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { carry, withFiles } from "../git/commits";
import { MAIN } from "../git/refs";
import { type ValuesFile, valuesPath } from "../values/files";
import { unifiedDiff } from "./unified-diff";
import type { Unit } from "./unit";

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
