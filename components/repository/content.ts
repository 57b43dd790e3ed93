import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseAllDocuments } from "yaml";
import { manifestsPath } from "../../environments/manifests";
import { type Json, type Manifest, writeManifests } from "../../gitops/chart/canonical";

/** A file of the GitOps repository. */
export interface ContentFile {
  /** Where it is in the repository, with `/` between folders. */
  readonly path: string;
  readonly text: string;
}

/** Whose repository it is: what differs between what two organisations start with. */
export interface ContentOptions {
  /** The organisation; its images are in `ghcr.io/<owner>`. */
  readonly owner: string;
  /** The names of services; each gets its values in every environment. */
  readonly services: readonly string[];
}

/** The values, and the manifests, of the service `api` are the pattern of every service's. */
const PATTERN_VALUES = /^environments\/[^/]+\/api\.yaml$/;
const PATTERN_SERVICE = "api";
const PATTERN_IMAGE = "ghcr.io/vaarak/api";

/** Every file below a folder, sorted by path. Default: the folder that this project starts repositories with. */
export function readFiles(folder = join(__dirname, "../../gitops-repo")): ContentFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(folder, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** What a new GitOps repository starts with: the files as they are, and values for each service. */
export function firstContent(files: readonly ContentFile[], { owner, services }: ContentOptions): ContentFile[] {
  return files.flatMap((file) => {
    if (!PATTERN_VALUES.test(file.path)) return [file];
    return services.map((name) => ({
      path: file.path.replace(/api\.yaml$/, `${name}.yaml`),
      text: valuesFor(name, owner, file.text),
    }));
  });
}

/**
 * Where the pattern of an environment's first manifests is: what Helm renders from the first chart and the values of
 * `api`.
 */
export function patternManifests(environment: string): string {
  return join(__dirname, "manifests", `${environment}.yaml`);
}

/**
 * The manifests that the branch of an environment starts with, where changes wait for approvals. This program cannot
 * run Helm, so they are a pattern with the names of services; tests/e2e/manifests.test.ts holds them equal to what Helm
 * renders.
 */
export function firstManifests(environment: string, { owner, services }: ContentOptions): ContentFile[] {
  if (services.length === 0) return [];
  const file = patternManifests(environment);
  if (!existsSync(file)) {
    throw new Error(
      `repository.seed: got ${services.join(", ")}; expected none where ${environment} waits for approvals, for which this version has no first ` +
        "manifests. Set repository.seed to [], and let the workflow Release propose the services.",
    );
  }
  const text = readFileSync(file, "utf8");
  const pattern = [...parseAllDocuments(text)].map((document) => document.toJS() as Manifest);
  return services.map((name) => {
    const manifests = pattern.map((manifest) => named(manifest, name, imageOf(owner, name)) as Manifest);
    return { path: manifestsPath(name), text: writeManifests(manifests) };
  });
}

/** The pattern's values with a service's name and image. */
function named(value: Json, name: string, image: string): Json {
  if (value === PATTERN_SERVICE) return name;
  if (typeof value === "string")
    return value.startsWith(`${PATTERN_IMAGE}:`) ? image + value.slice(PATTERN_IMAGE.length) : value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => named(item, name, image));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, named(item, name, image)]));
}

/**
 * The files in the order to write them: each is a push to `main`, which would start the workflows that are there
 * already.
 */
export function workflowsLast(files: readonly ContentFile[]): ContentFile[] {
  const isWorkflow = ({ path }: ContentFile) => path.startsWith(".github/workflows/");
  return [...files.filter((file) => !isWorkflow(file)), ...files.filter(isWorkflow)];
}

function valuesFor(service: string, owner: string, pattern: string): string {
  const text = service === PATTERN_SERVICE ? pattern : pattern.replaceAll("API service", `${service} service`);
  return text.replaceAll(PATTERN_IMAGE, imageOf(owner, service));
}

/** Image names are lower-case; GitHub's organisations need not be. */
function imageOf(owner: string, service: string): string {
  return `ghcr.io/${owner.toLowerCase()}/${service}`;
}
