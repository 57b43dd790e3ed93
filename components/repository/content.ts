import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseAllDocuments, parseDocument } from "yaml";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { manifestsPath, parseValuesPath, valuesPath } from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { type Json, type Manifest, writeManifests } from "@gitops-platform/contract/canonical";
import type { PinnedImage } from "@gitops-platform/environments/settings/seed";
import { withChoices } from "./workflow-choices";

/** A file of the GitOps repository. */
export interface ContentFile {
  /** The path in the repository, separated by `/`. */
  readonly path: string;
  readonly text: string;
}

/** The organisation's part of a repository's first content. */
export interface ContentOptions {
  /** The organisation's name. Its images are in `ghcr.io/<owner>`. */
  readonly owner: string;
  /** The names of the services. Each gets a values file in every environment that has a template. */
  readonly services: readonly string[];
  /** The image of all of them. Default: each has the organisation's image of its name. */
  readonly image?: PinnedImage | undefined;
}

/** The values and manifests of the service `api` are the template for every service. */
const TEMPLATE_VALUES = /^environments\/[^/]+\/api\.yaml$/;
const TEMPLATE_SERVICE = "api";
const TEMPLATE_IMAGE = "ghcr.io/vaarak/api";
const TEMPLATE_TAG = "sha-a1b2c3d";

const CONTENT = join(__dirname, "../../gitops-repo");

/** Reads every file in a folder and its subfolders, sorted by path. Default: `gitops-repo/`. */
export function readFiles(folder = CONTENT): ContentFile[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((file) => ({ path: relative(folder, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/**
 * The first content of a new GitOps repository: values for each service in each environment that has a template, the
 * workflows with the environments as choices, and the other files unchanged.
 */
export function firstContent(
  files: readonly ContentFile[],
  { owner, services, image }: ContentOptions,
  graph: EnvironmentGraph,
): ContentFile[] {
  return files.flatMap((file) => {
    if (isWorkflow(file.path)) return [{ ...file, text: withChoices(file.text, graph) }];
    if (!TEMPLATE_VALUES.test(file.path)) return [file];
    if (!graph.has(parseValuesPath(file.path)?.environment ?? "")) return [];
    return services.map((name) => ({
      path: file.path.replace(/api\.yaml$/, `${name}.yaml`),
      text: valuesFor(name, owner, image, file.text),
    }));
  });
}

/** Whether a new repository has values of its first services in an environment. */
export function hasFirstValues(environment: string): boolean {
  return existsSync(join(CONTENT, valuesPath({ environment, service: TEMPLATE_SERVICE }, SERVICE_SOURCE)));
}

/** The path of the template for an environment's first manifests, which Helm rendered from the values of `api`. */
export function templateManifests(environment: string): string {
  return join(__dirname, "manifests", `${environment}.yaml`);
}

/**
 * The first manifests on an environment's approval branch. This program cannot run Helm, so it fills a template with
 * each service's name and image; tests/integration/manifests.test.ts checks that the result equals Helm's. An
 * environment without a template begins without manifests, and the workflow Release proposes its services.
 */
export function firstManifests(environment: string, { owner, services, image }: ContentOptions): ContentFile[] {
  const file = templateManifests(environment);
  if (!existsSync(file)) return [];
  const text = readFileSync(file, "utf8");
  const template = [...parseAllDocuments(text)].map((document) => document.toJS() as Manifest);
  return services.map((name) => {
    const texts = new Map([
      [TEMPLATE_SERVICE, name],
      [TEMPLATE_TAG, image?.tag ?? TEMPLATE_TAG],
      [
        `${TEMPLATE_IMAGE}:${TEMPLATE_TAG}`,
        image ? `${image.repository}@${image.digest}` : `${imageOf(owner, name)}:${TEMPLATE_TAG}`,
      ],
    ]);
    const manifests = template.map((manifest) => withTexts(manifest, texts) as Manifest);
    return { path: manifestsPath(name), text: writeManifests(manifests) };
  });
}

/** Replaces the texts in a value that are equal to one of the template's. */
function withTexts(value: Json, texts: ReadonlyMap<string, string>): Json {
  if (typeof value === "string") return texts.get(value) ?? value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withTexts(item, texts));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTexts(item, texts)]));
}

/** Sorts workflows to the end: each file is a push to `main`, which would start the workflows already there. */
export function workflowsLast(files: readonly ContentFile[]): ContentFile[] {
  return [...files.filter(({ path }) => !isWorkflow(path)), ...files.filter(({ path }) => isWorkflow(path))];
}

function isWorkflow(path: string): boolean {
  return path.startsWith(".github/workflows/");
}

function valuesFor(service: string, owner: string, image: PinnedImage | undefined, template: string): string {
  const text = service === TEMPLATE_SERVICE ? template : template.replaceAll("API service", `${service} service`);
  if (!image) return text.replaceAll(TEMPLATE_IMAGE, imageOf(owner, service));
  const values = parseDocument(text);
  values.set("image", values.createNode(image));
  return values.toString({ lineWidth: 0 });
}

/** Image names are lower-case; names of GitHub organisations need not be. */
function imageOf(owner: string, service: string): string {
  return `ghcr.io/${owner.toLowerCase()}/${service}`;
}
