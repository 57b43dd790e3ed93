import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { parseAllDocuments, parseDocument } from "yaml";
import type { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { manifestsPath, parseValuesPath, valuesPath } from "@gitops-platform/contract/paths";
import { SERVICE_SOURCE } from "@gitops-platform/contract/source";
import { type Json, type Manifest, writeManifests } from "@gitops-platform/contract/canonical";
import type { PinnedImage } from "@gitops-platform/environments/settings/seed";
import { declarationPath, deliveryPath, type ServiceDeclaration } from "@gitops-platform/contract/catalogue";
import { declarationText } from "@gitops-platform/contract/declaration-text";
import { type CataloguePolicy, serviceObjects } from "../delivery/objects";

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
function hasFirstValues(environment: string): boolean {
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

/** The environments that a workflow offers, by the comment behind `options:`. */
const CHOICES: Readonly<Record<string, (graph: EnvironmentGraph) => string[]>> = {
  environments: ({ names }) => names,
  "environments that others follow": (graph) => graph.names.filter((name) => graph.next(name).length > 0),
  "every next one, environments that follow another": (graph) => [
    EVERY_NEXT_ONE,
    ...graph.names.filter((name) => graph.previous(name) !== undefined),
  ],
  "environments that wait for approval": ({ approved }) => approved,
};

/** The choice of a promotion into every environment that follows. No environment can have this name. */
const EVERY_NEXT_ONE = "every next one";

/** The only choice without an environment to offer. GitHub refuses an empty list, and gitops refuses this choice. */
const NONE = "no environment";

const OPTIONS = /^( *options: )\[.*\] # (.*)$/gm;

/**
 * Replaces a workflow's choices of environments. GitHub reads them from the file, so they cannot be computed when the
 * workflow starts.
 * @throws {Error} for a comment that is none of the known ones.
 */
export function withChoices(workflow: string, graph: EnvironmentGraph): string {
  return workflow.replace(OPTIONS, (_, start: string, what: string) => {
    const choices = CHOICES[what];
    if (!choices) {
      throw new Error(
        `options: got the comment ${what}; expected one of ${Object.keys(CHOICES).join("; ")}. Correct it.`,
      );
    }
    const offered = choices(graph);
    return `${start}[${(offered.length > 0 ? offered : [NONE]).join(", ")}] # ${what}`;
  });
}

/** The catalogue of a new repository. */
export interface FirstCatalogue {
  /** The declarations, and the objects that deliver the services where Applications follow `main`. */
  readonly main: readonly ContentFile[];
  /** Those objects for each environment that waits for approval, which its own branch has. */
  readonly approved: ReadonlyMap<string, readonly ContentFile[]>;
}

/**
 * Declares each of the first services in every environment for which a new repository has values. Without any, as in a
 * program with environments of other names, it declares none: `validate` refuses a service that is nowhere.
 */
export function firstCatalogue(
  { services, team }: { readonly services: readonly string[]; readonly team: string },
  graph: EnvironmentGraph,
  policy: CataloguePolicy,
): FirstCatalogue {
  const environments = graph.names.filter(hasFirstValues);
  const first = environments.length === 0 ? [] : services;
  const declared = first.map((name) => ({ name, team, groups: [], namespace: name, environments, retired: [] }));
  const delivery = (environment: string) => declared.flatMap((service) => deliveryOf(service, environment, policy));
  const isApproved = new Set(graph.approved);
  return {
    main: [
      ...declared.map((service) => ({ path: declarationPath(service.name), text: firstDeclaration(service) })),
      ...graph.names.filter((name) => !isApproved.has(name)).flatMap(delivery),
    ],
    approved: new Map(graph.approved.map((name) => [name, delivery(name)])),
  };
}

function firstDeclaration({ team, groups, environments }: ServiceDeclaration): string {
  return declarationText({ team, groups, environments });
}

function deliveryOf(service: ServiceDeclaration, environment: string, policy: CataloguePolicy): ContentFile[] {
  const target = policy.environments.find(({ name }) => name === environment);
  const objects = target ? serviceObjects(service, target, policy.repositoryUrl) : [];
  if (objects.length === 0) return [];
  return [{ path: deliveryPath({ environment, service: service.name }), text: writeManifests(objects) }];
}
