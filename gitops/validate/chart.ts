import { posix } from "node:path";
import { parse } from "yaml";
import { CHARTS, type ValuesFile, valuesPath } from "../../contract/paths";
import { mapAtOnce } from "../at-once";
import { withChartFolder } from "../chart/folder";
import { lint, render } from "../chart/helm";
import type { ResourceRules } from "../rules/rules";
import { type Broken, brokenRules } from "./broken-rules";
import { type Candidate, touchedValues } from "./candidate";
import { otherManifests, prefetchManifests } from "./manifests";
import type { Problem } from "./report";
import type { SecretsOfFile } from "./values";

/** How many services Helm looks at side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * Has Helm check, by the chart's schema, and render the services that a change touches, with the charts that the branch
 * would have; applies rules of the policy pack to what it renders; and compares it with the manifests that `env/<name>`
 * has.
 */
export async function chart(
  candidate: Candidate,
  rules: ResourceRules,
  secrets: readonly SecretsOfFile[],
): Promise<Problem[]> {
  const files = await touchedValues(candidate);
  if (files.length === 0) return [];
  const paths = [CHARTS, ...files.map(valuesPath)];
  await prefetchManifests(candidate, files);
  return withChartFolder(candidate.clone, candidate.tree, paths, async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const found: BrokenIn[] = [];
    await mapAtOnce(files, AT_ONCE, async (file) => {
      const name = valuesPath(file);
      const complaints = await lint(folder, file);
      const rendered = complaints.length > 0 ? undefined : await render(folder, file);
      if (rendered && "error" in rendered) complaints.push(rendered.error);
      if (rendered && "manifests" in rendered) {
        found.push({ file, broken: brokenRules(rendered.manifests, file.service, rules) });
        problems.push(...(await otherManifests(candidate, file.service, rendered.manifests)));
      }
      problems.push(...complaints.map((message) => ({ file: name, message })));
    });
    problems.push(...(await newlyBroken(candidate, rules, found, secrets)));
    // Whichever ended first, a report reads the same each time.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  });
}

/** What rules say of a service's manifests. */
interface BrokenIn {
  readonly file: ValuesFile;
  readonly broken: readonly Broken[];
}

/**
 * What a change breaks. What was broken before is not its doing: an image must not wait for that. Nor is a secret told
 * twice that stands in the values, which another check looks at.
 */
async function newlyBroken(
  { clone, base }: Candidate,
  rules: ResourceRules,
  all: readonly BrokenIn[],
  secrets: readonly SecretsOfFile[],
) {
  const found = all.filter(({ broken }) => broken.length > 0);
  if (found.length === 0) return [];
  const paths = found.map(({ file }) => valuesPath(file));
  return withChartFolder(clone, base, [CHARTS, ...paths], async (folder) => {
    const problems: (Problem & { file: string })[] = [];
    const there = new Set(await clone.list(base, ...paths));
    for (const { file, broken } of found) {
      const path = valuesPath(file);
      const rendered = there.has(path) ? await render(folder, file) : undefined;
      const before = rendered && "manifests" in rendered ? brokenRules(rendered.manifests, file.service, rules) : [];
      const ofValues = secrets.filter((each) => valuesPath(each.file) === path).flatMap(({ after }) => after);
      const known = new Set(before.map(({ message }) => message));
      const knownSecrets = new Set([...before, ...ofValues].map(({ secret }) => secret));
      const isNew = ({ message, secret }: Broken) =>
        secret === undefined ? !known.has(message) : !knownSecrets.has(secret);
      const messages = new Set(broken.filter(isNew).map(({ message }) => message));
      problems.push(...[...messages].map((message) => ({ file: path, message })));
    }
    return problems;
  });
}

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
