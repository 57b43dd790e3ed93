import { posix } from "node:path";
import { parse } from "yaml";
import { CHARTS } from "../../environments/service-name";
import type { Candidate } from "./candidate";
import type { Problem } from "./problem";

/**
 * Refuses what makes Helm load something that is not in the repository: schemas and dependencies that name an address,
 * and packed charts, which no review shows. To be asked before Helm runs: it would call out.
 */
export async function chartSources({ clone, tree, changes }: Candidate): Promise<Problem[]> {
  const paths = changes.filter(({ blob }) => blob !== undefined).map(({ path }) => path);
  const problems = paths.map(async (file) => {
    const name = posix.basename(file).toLowerCase();
    if (REFUSED.test(name)) {
      const message = `Got ${name}; expected no packed charts and no locks of dependencies. Put the chart's files themselves below charts/.`;
      return [{ file, message }];
    }
    if (name !== "values.schema.json" && name !== "chart.yaml") return [];
    const text = (await clone.read(tree, file)) ?? "";
    const found = name === "chart.yaml" ? dependencyProblems(file, text) : schemaProblems(text);
    return found.map((message) => ({ file, message }));
  });
  return (await Promise.all(problems)).flat();
}

const REFUSED = /\.(tgz|tar|tar\.gz|prov)$|^chart\.lock$|^requirements\.(yaml|lock)$/;

/** The metaschemas that Helm has built in. */
const BUILT_IN = /^https?:\/\/json-schema\.org\/(schema|draft\/(2020-12|2019-09)\/schema|draft-0[467]\/schema)#?$/;

/** What in a JSON Schema would make its reader load another one, or take an address of its own for where it is. */
export function schemaProblems(text: string): string[] {
  try {
    return [...referencesIn(JSON.parse(text), "")];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return ["Got no JSON; expected a JSON Schema. Correct the file."];
  }
}

function* referencesIn(node: unknown, path: string): Generator<string> {
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node)) {
    const here = path === "" ? key : `${path}.${key}`;
    yield* referencesIn(value, here);
    if (typeof value !== "string") continue;
    const got = `${here}: got ${JSON.stringify(value)}; expected`;
    if (["$ref", "$dynamicRef", "$recursiveRef"].includes(key) && !value.startsWith("#"))
      yield `${got} a place in this file, such as #/$defs/port. Write what it stands for into the file.`;
    if (key === "$schema" && !BUILT_IN.test(value))
      yield `${got} a version of JSON Schema, such as https://json-schema.org/draft/2020-12/schema. Use that.`;
    if (key === "$id" || key === "id") yield `${got} nothing: references would be resolved against it. Remove it.`;
  }
}

/** What in a chart's description would make Helm fetch other charts. Argo CD runs `helm dependency build`. */
export function dependencyProblems(file: string, text: string): string[] {
  let chart: unknown;
  try {
    chart = parse(text, { logLevel: "error" });
  } catch {
    return ["Got no YAML; expected the description of a chart. Correct the file."];
  }
  return valuesOf(chart, "dependencies").flatMap((dependencies) => {
    if (!Array.isArray(dependencies)) return ["dependencies: got no list; expected one. Correct the file."];
    return dependencies.flatMap((dependency: unknown, index) =>
      valuesOf(dependency, "repository")
        .filter((repository) => repository !== "" && !isInside(file, repository))
        .map((repository) => {
          const got = `dependencies[${index}].repository: got ${JSON.stringify(repository)}`;
          return `${got}; expected none, or file:// and a chart below charts/. Put the chart's files there.`;
        }),
    );
  });
}

/** Helm takes keys in any case, so there may be several. */
function valuesOf(map: unknown, key: string): unknown[] {
  if (typeof map !== "object" || map === null) return [];
  const entries = Object.entries(map as Record<string, unknown>);
  return entries.filter(([each, value]) => each.toLowerCase() === key && value !== null).map(([, value]) => value);
}

function isInside(file: string, repository: unknown): boolean {
  const [, path] = /^file:\/\/(\.{1,2}\/[\w./-]+)$/.exec(String(repository)) ?? [];
  return path !== undefined && posix.join(posix.dirname(file), path).startsWith(`${CHARTS}/`);
}
