import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import { isolated } from "@gitops-platform/clients/git/environment";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { declarationPath, deliveryFolder, deliveryPath, parseDeliveryPath } from "@gitops-platform/contract/catalogue";
import { manifestsPath, type ValuesFile, valuesPaths } from "@gitops-platform/contract/paths";
import { delivered } from "../catalogue/delivered";
import { renderRevision, servicesAt } from "../chart/revision";
import type { Clone } from "../git/clone";
import { carry, withFiles } from "../git/commits";
import { readFileChanges } from "../git/file-history";
import { MAIN, remoteBranch } from "../git/refs";
import { pathAt } from "../values/at";
import { type ReleaseUnit, sourcePaths } from "./unit";

/** A unit's sources on the environment's branch, or why they cannot be brought there. */
export type Sources = { readonly tree: string } | { readonly blocked: string };

/**
 * The tree of the environment's branch with a unit's sources from `main` and the objects that deliver the service,
 * before its manifests are rendered.
 * @param open The newest commit of the unit's open release. If its declaration gives what `main`'s gives in this
 *   environment, it stays: a change that concerns another environment must not dismiss approvals.
 */
export async function sourcesOf(clone: Clone, unit: ReleaseUnit, base: string, open?: string): Promise<Sources> {
  const { environment, service } = unit;
  if (service === undefined) return { tree: await carry(clone, base, MAIN, ...sourcePaths(unit)) };
  const tree = await carry(clone, base, MAIN, ...valuesPaths({ environment, service }));
  const wanted = await delivered(clone, MAIN, environment);
  const reason = wanted.declared.has(service) ? (wanted.unreadable ?? wanted.problems.get(service)) : undefined;
  if (reason !== undefined) return { blocked: `${reason} Repair it on main.` };
  const text = wanted.files.get(service);
  for (const revision of [base, ...(open === undefined ? [] : [open]), MAIN]) {
    const declared = revision === base ? tree : await carry(clone, tree, revision, declarationPath(service));
    if ((await delivered(clone, declared, environment)).files.get(service) !== text) continue;
    return { tree: await withText(clone, declared, deliveryPath({ environment, service }), text) };
  }
  return { blocked: await needsOther(clone, unit, tree) };
}

/** A tree with another text of a file; undefined: without the file. */
async function withText(clone: Clone, tree: string, path: string, text: string | undefined): Promise<string> {
  if ((await clone.read(tree, path)) === text) return tree;
  return withFiles(clone, tree, new Map([[path, text ?? null]]));
}

/** Why `main`'s declaration of a service gives something else together with the other declarations of the branch. */
async function needsOther(clone: Clone, { environment, service = "" }: ReleaseUnit, tree: string): Promise<string> {
  const declared = await carry(clone, tree, MAIN, declarationPath(service));
  const reason = (await delivered(clone, declared, environment)).problems.get(service);
  const branch = environmentBranch(environment);
  const path = declarationPath(service);
  const what = `${path}: needs the declaration of another service as main has it, which ${branch} does not have.`;
  return `${what} Release that service first.${reason === undefined ? "" : ` ${reason}`}`;
}

/** The content of an environment's branch after a release. */
export interface ReleaseContent {
  readonly tree: string;
  /** How the objects in the cluster change, as {@link unifiedDiff} writes it. */
  readonly diff: string;
  /** The objects of a workload that the release deletes, such as `Deployment api`. Empty unless it deletes all. */
  readonly deleted: readonly string[];
  /** What becomes of the namespace; undefined unless the release removes the objects that deliver the service. */
  readonly namespace: NamespaceEnd | undefined;
  readonly inherited: Inheritance | undefined;
}

/** A namespace that a release begins to own, and the services that owned it on the branch before. */
export interface Inheritance {
  readonly namespace: string;
  readonly owners: readonly string[];
}

/** `shared`: another service owns it. */
export type NamespaceEnd = "kept" | "deleted" | "shared";

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
  const parts = await deliveryDiff(clone, unit, base, sources);
  const deleted: string[] = [];
  for (const [index, file] of files.entries()) {
    const made = rendered[index];
    if (made && "error" in made) return { blocked: await renderProblem(clone, unit, file, made.error) };
    changes.set(manifestsPath(file.service), made?.manifests ?? null);
    const diff = await unifiedDiff(before[index] ?? "", made?.manifests ?? "");
    if (diff !== "") parts.push({ name: file.service, diff });
    if (unit.service !== undefined && made === undefined) deleted.push(...objectNames(before[index] ?? ""));
  }
  const titled = parts.length > 1 || files.length > 1;
  const diff = parts.map((part) => (titled ? `# ${part.name}\n${part.diff}` : part.diff)).join("\n");
  return {
    tree: await withFiles(clone, sources, changes),
    diff,
    deleted,
    namespace: await namespaceEnd(clone, unit, base, sources),
    inherited: await inheritance(clone, unit, base, sources),
  };
}

/** How the objects that deliver a service change. */
async function deliveryDiff(clone: Clone, { environment, service }: ReleaseUnit, base: string, sources: string) {
  if (service === undefined) return [];
  const name = deliveryPath({ environment, service });
  const [before, after] = await Promise.all([base, sources].map((revision) => clone.read(revision, name)));
  const diff = await unifiedDiff(before ?? "", after ?? "");
  return diff === "" ? [] : [{ name, diff }];
}

async function namespaceEnd(
  clone: Clone,
  { environment, service }: ReleaseUnit,
  base: string,
  sources: string,
): Promise<NamespaceEnd | undefined> {
  if (service === undefined) return undefined;
  const path = deliveryPath({ environment, service });
  const [before, after] = await Promise.all([base, sources].map((revision) => clone.read(revision, path)));
  if (before === undefined || after !== undefined) return undefined;
  const namespace = objectsIn(before).find(({ kind }) => kind === "Namespace");
  if (!namespace) return "shared";
  const options = namespace.metadata?.annotations?.["argocd.argoproj.io/sync-options"] ?? "";
  return options.split(",").includes("Delete=false") ? "kept" : "deleted";
}

/** Whether a release begins to own a namespace that earlier objects of the branch gave to other services. */
async function inheritance(
  clone: Clone,
  { environment, service }: ReleaseUnit,
  base: string,
  sources: string,
): Promise<Inheritance | undefined> {
  if (service === undefined) return undefined;
  const path = deliveryPath({ environment, service });
  const [before, after] = await Promise.all([base, sources].map((revision) => clone.read(revision, path)));
  const namespace = namespaceIn(after);
  if (namespace === undefined || namespace === namespaceIn(before)) return undefined;
  const changes = await readFileChanges(clone, base, [deliveryFolder(environment)]);
  const texts = await clone.readBlobs(changes.flatMap((change) => change.after ?? []));
  const owners = changes.flatMap((change): string[] => {
    const other = parseDeliveryPath(change.path)?.service;
    if (other === undefined || other === service || change.after === null) return [];
    return namespaceIn(texts.get(change.after)) === namespace ? [other] : [];
  });
  return owners.length === 0 ? undefined : { namespace, owners: [...new Set(owners)].sort() };
}

/** The namespace among the objects that deliver a service; undefined if another service owns it. */
function namespaceIn(objects = ""): string | undefined {
  return objectsIn(objects).find((object) => object.kind === "Namespace")?.metadata?.name;
}

interface NamedObject {
  readonly kind?: string;
  readonly metadata?: { readonly name?: string; readonly annotations?: Readonly<Record<string, string>> };
}

function objectsIn(manifests: string): NamedObject[] {
  return [...parseAllDocuments(manifests, { logLevel: "error" })].map((document) => document.toJS() as NamedObject);
}

/** The objects in manifests, by kind and name. */
function objectNames(manifests: string): string[] {
  return objectsIn(manifests).map(({ kind = "", metadata }) => `${kind} ${metadata?.name ?? ""}`);
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
  const revision = service === undefined ? remoteBranch(environmentBranch(environment)) : MAIN;
  const path = await pathAt(clone, revision, file);
  if (service === undefined) {
    const wayOut = "Make the chart accept these values, or release both in one pull request by hand.";
    return `charts: ${path} of env/${environment} does not render with main's: ${error} ${wayOut}`;
  }
  const [withMain] = await renderRevision(clone, MAIN, [file]);
  return withMain && "manifests" in withMain
    ? `${path}: needs the charts of main, which env/${environment} does not have: ${error} Release charts first.`
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
