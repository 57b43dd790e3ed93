import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020, type ErrorObject } from "ajv/dist/2020";
import { parse, parseAllDocuments, stringify } from "yaml";

/** The folder with the first content of a new GitOps repository. */
export const CONTENT = join(__dirname, "../../gitops-repo");

/** The environments for which the first content has values. */
export const ENVIRONMENTS = ["dev", "staging", "prod"] as const;

/** One object of a golden manifest. Only the fields that the tests use are typed. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
  };
  spec: Record<string, unknown>;
}

/** The chart's JSON schema. */
export const schema = JSON.parse(read("charts/service/values.schema.json")) as Record<string, unknown>;

const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema);

/** Reads a file of the first content. */
export function read(path: string): string {
  return readFileSync(join(CONTENT, path), "utf8");
}

/** The values in the API service's file for an environment. */
export function valuesOf(environment: string): Record<string, unknown> {
  return parse(read(`environments/${environment}/api.yaml`)) as Record<string, unknown>;
}

/** The folder with the values files that docs/adding-a-service.md shows. */
const EXAMPLES_FOLDER = join(__dirname, "examples");

/** A values file of the documents, and the service that it is of. */
export interface Example {
  readonly name: string;
  readonly service: string;
  readonly file: string;
  readonly text: string;
}

/** The values files of the documents. The service has the name of its image. */
export const EXAMPLES: readonly Example[] = readdirSync(EXAMPLES_FOLDER).map((name) => {
  const file = join(EXAMPLES_FOLDER, name);
  const text = readFileSync(file, "utf8");
  const { repository } = (parse(text) as { image: { repository: string } }).image;
  return { name: name.replace(/\.yaml$/, ""), service: repository.replace(/.*\//, ""), file, text };
});

/** The violations of the chart's schema, such as `/image/tag pattern`; empty if the values are valid. */
export function complaints(values: unknown): string[] {
  validate(values);
  return (validate.errors ?? []).map(describeError);
}

/** The golden file of the manifests that the chart renders for the API service in an environment. */
export function goldenFile(environment: string): string {
  return join(__dirname, "golden", `${environment}.yaml`);
}

/** The content of that file. */
export function goldenText(environment: string): string {
  return readFileSync(goldenFile(environment), "utf8");
}

/** The objects in that file, by kind. */
export function golden(environment: string): Map<string, Manifest> {
  return new Map(manifestsIn(goldenText(environment)).map((manifest) => [manifest.kind, manifest]));
}

/** Normalizes rendered manifests: objects sorted by kind, no comments, uniform quoting. */
export function normalised(rendered: string): string {
  const manifests = manifestsIn(rendered).sort((a, b) => a.kind.localeCompare(b.kind));
  return manifests.map((manifest) => stringify(manifest)).join("---\n");
}

function manifestsIn(text: string): Manifest[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

function describeError({ instancePath, keyword, params }: ErrorObject): string {
  const key = (params as Record<string, unknown>)[keyword === "required" ? "missingProperty" : "additionalProperty"];
  return `${instancePath}${typeof key === "string" ? `/${key}` : ""} ${keyword}`;
}
