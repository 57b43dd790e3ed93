import { readFileSync } from "node:fs";
import type { Octokit } from "@octokit/rest";
import Ajv, { type ValidateFunction } from "ajv";

/** The parts of GitHub's OpenAPI description that these tests read. */
interface Description {
  paths: Record<string, Record<string, Operation | undefined> | undefined>;
}

interface Operation {
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: object }> } | undefined>;
}

/** A response, in Octokit's form. */
interface Answer {
  status: number;
  data: unknown;
  headers: { "content-type"?: string };
}

const DESCRIPTION = "@octokit/openapi/generated/api.github.com.json";
/**
 * Statuses that GitHub returns for every call without describing them: unknown tokens, rate limits, internal errors.
 */
const ANYWHERE = new Set([401, 403, 404, 422, 429, 500]);

let loaded: { description: Description; ajv: Ajv } | undefined;
const compiled = new Map<string, ValidateFunction | undefined>();

/**
 * Compares every response of an Octokit with GitHub's description of the call. A status that is not described, or a
 * body that does not match its schema, fails the call.
 */
export function checkAnswers(octokit: Octokit): Octokit {
  octokit.hook.wrap("request", async (request, options) => {
    const method = options.method.toLowerCase();
    try {
      const response = await request(options);
      check(method, options.url, response);
      return response;
    } catch (error) {
      const { response } = error as { response?: Answer };
      if (response) check(method, options.url, response);
      throw error;
    }
  });
  return octokit;
}

function check(method: string, url: string, { status, data, headers }: Answer): void {
  const path = url.replace(/\{[?&][^}]*\}/g, "").replace(/\{\+?/g, "{");
  // Skip absolute URLs, which Octokit uses for redirects and links to other pages, and calls by id, which providers use
  // and GitHub does not describe.
  if (!path.startsWith("/") || /^\/(organizations|repositories)\//.test(path)) return;
  const { description } = load();
  const template = path in description.paths ? path : templateOf(path);
  const operation = description.paths[template]?.[method];
  if (!operation) throw new Error(`${method} ${template}: GitHub describes no such call`);
  const response = operation.responses[status];
  if (!response) {
    if (ANYWHERE.has(status) || (status === 200 && "302" in operation.responses)) return;
    throw new Error(
      `${method} ${template}: got status ${status}; GitHub gives ${Object.keys(operation.responses).join(", ")}`,
    );
  }
  const validate = validatorOf(template, method, status);
  // A file can be requested in its raw form.
  const isJson = headers["content-type"]?.includes("json") === true && !headers["content-type"].includes(".raw");
  if (!isJson || !validate || validate(data)) return;
  const found = (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ""} ${JSON.stringify(params)}`,
  );
  throw new Error(`${method} ${template}: ${status}:\n${found.join("\n")}`);
}

function validatorOf(template: string, method: string, status: number): ValidateFunction | undefined {
  const key = `${method} ${template} ${status}`;
  if (compiled.has(key)) return compiled.get(key);
  const { description, ajv } = load();
  let response = description.paths[template]?.[method]?.responses[status];
  let pointer = `/paths/${escape(template)}/${method}/responses/${status}`;
  if (response?.$ref !== undefined) {
    pointer = response.$ref.slice(1);
    response = pointer
      .split("/")
      .slice(1)
      .reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], description) as typeof response;
  }
  const hasSchema = response?.content?.["application/json"]?.schema !== undefined;
  const $ref = `github.json#${pointer}/content/application~1json/schema`;
  const validate = hasSchema ? ajv.compile({ $ref }) : undefined;
  compiled.set(key, validate);
  return validate;
}

function escape(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function load() {
  if (loaded) return loaded;
  const description = JSON.parse(readFileSync(require.resolve(DESCRIPTION), "utf8"), asJsonSchema) as Description;
  const ajv = new Ajv({ strict: false, validateFormats: false, inlineRefs: false });
  ajv.addSchema(description, "github.json", false, false);
  return (loaded = { description, ajv });
}

/** The path template of a call whose path is written out. */
function templateOf(path: string): string {
  const fits = (template: string) => new RegExp(`^${template.replace(/\{[^}]+\}/g, "[^/]+")}$`).test(path);
  return Object.keys(load().description.paths).find(fits) ?? path;
}

/**
 * Converts OpenAPI to JSON Schema: `nullable`, also beside an enum without null; and `oneOf`, because GitHub's
 * alternatives do not exclude each other.
 */
function asJsonSchema(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const { nullable, oneOf, ...rest } = value as { nullable?: unknown; oneOf?: unknown };
  const schema = oneOf === undefined ? rest : { ...rest, anyOf: oneOf };
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}
