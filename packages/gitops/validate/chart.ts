import { readFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { CHARTS, type ValuesFile, valuesPath, valuesPaths } from "@gitops-platform/contract/paths";
import { mapAtOnce } from "../at-once";
import { withChartFolder } from "../chart/folder";
import { complaints, render } from "../chart/render";
import { DELIVERY_POLICY_PATH, parseDeclarationPath } from "@gitops-platform/contract/catalogue";
import type { DeliveringEnvironment } from "@gitops-platform/components/delivery/target";
import { isServiceChart, sharedFolder } from "@gitops-platform/contract/source";
import { imageIn } from "@gitops-platform/contract/values/image";
import { type Exception, isAllowed } from "@gitops-platform/rules/exceptions";
import { policyAt } from "../catalogue/policy";
import { Failure } from "@gitops-platform/contract/failure";
import { type Rendering, renderingsAt } from "../catalogue/rendering";
import { MAIN } from "../git/refs";
import type { Rules } from "@gitops-platform/rules/rules";
import { type Broken, brokenRules } from "./broken-rules";
import type { Candidate } from "./candidate";
import { type RenderedRoutes, renderedHosts, takenByRendered } from "./service-rights";
import { sourcedPath, type Sourced, sourcedValues } from "./sourced";
import { otherManifests, prefetchManifests } from "./manifests";
import { servicesByNamespace } from "./neighbours";
import type { FileProblem } from "@gitops-platform/rules/entry";
import { type Made, overQuota } from "./quota";
import type { SecretsOfFile } from "./values";

/** The number of services that Helm processes at the same time: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * Renders the services that a change affects, with the charts after the merge. Helm checks the values against the
 * chart's schema, rules of the policy pack are applied to the rendered objects, and so are the limits of the namespace.
 * The result is compared with the manifests on `env/<name>`.
 */
export async function chart(
  candidate: Candidate,
  rules: Rules,
  secrets: readonly SecretsOfFile[],
): Promise<FileProblem[]> {
  const all = await sourcedValues(candidate);
  if (all.length === 0) return [];
  const files = all.map(({ file }) => file);
  const paths = [CHARTS, ...all.map(sourcedPath)];
  await prefetchManifests(candidate, files);
  const services = await servicesByNamespace(candidate);
  const environments = await deliveringEnvironments(candidate, candidate.tree);
  const earlier = await earlierEnvironments(candidate, environments);
  const context = { rules, services, environments };
  return withChartFolder(candidate.clone, candidate.tree, paths, async (folder) => {
    const problems: (FileProblem & { file: string })[] = [];
    const found: BrokenIn[] = [];
    const routes: RenderedRoutes[] = [];
    const made: Made[] = [];
    await mapAtOnce(all, AT_ONCE, async (sourced) => {
      const { file, now } = sourced;
      const name = sourcedPath(sourced);
      const said = await complaints(folder, file, now);
      const rendered = said.length > 0 ? undefined : await render(folder, file, now);
      if (rendered && "error" in rendered) said.push({ message: rendered.error });
      if (rendered && "manifests" in rendered) {
        found.push({
          sourced,
          broken: await brokenBy(folder, rendered.manifests, { ...context, file, rendering: now }),
        });
        problems.push(...(await otherManifests(candidate, file.service, rendered.manifests)));
        made.push({ sourced, manifests: rendered.manifests });
        if (!isServiceChart(now.source)) routes.push({ sourced, hosts: renderedHosts(rendered.manifests) });
      }
      problems.push(...said.map((problem) => ({ file: name, ...problem })));
    });
    problems.push(...(await newlyBroken(candidate, { ...context, environments: earlier }, found, secrets)));
    problems.push(...(await overQuota(candidate, made, { environments, earlier }, services)));
    problems.push(...(await takenByRendered(candidate, rules.hosts, routes)));
    // The order must not depend on which service was rendered first.
    return problems.sort((a, b) => (a.file < b.file ? -1 : 1));
  });
}

interface Context {
  readonly rules: Rules;
  /** All services of the catalogue, by their namespace. */
  readonly services: ReadonlyMap<string, readonly string[]>;
  readonly environments: readonly DeliveringEnvironment[];
}

/** What limits the namespaces of each environment. None in a repository of an earlier version, which has no policy. */
async function deliveringEnvironments(
  { clone, branch, graph }: Candidate,
  tree: string,
): Promise<Context["environments"]> {
  const revision = branch === "main" ? tree : MAIN;
  if ((await clone.find(`${revision}:${DELIVERY_POLICY_PATH}`)) === undefined) return [];
  return (await policyAt(clone, revision, graph)).environments;
}

/**
 * The same before the change, to tell earlier violations from new ones. If there was no policy, or none that this
 * version can read, it is the policy after the change: a repository of an earlier version must be able to get one.
 */
async function earlierEnvironments(
  candidate: Candidate,
  now: Context["environments"],
): Promise<Context["environments"]> {
  if (!candidate.changes.some(({ path }) => path === DELIVERY_POLICY_PATH)) return now;
  try {
    const earlier = await deliveringEnvironments(candidate, candidate.base);
    return earlier.length === 0 ? now : earlier;
  } catch (error) {
    if (error instanceof Failure) return now;
    throw error;
  }
}

interface Judged extends Context {
  readonly file: ValuesFile;
  readonly rendering: Rendering;
}

/** @param folder The folder with the service's file. */
async function brokenBy(
  folder: string,
  manifests: string,
  { file, rendering, rules, services, environments }: Judged,
): Promise<Broken[]> {
  const { resources, exceptions, hosts, tags } = rules;
  const { source, namespace, profile } = rendering;
  const allowed = (exception: Exception) => isAllowed(exceptions, file, exception);
  const all = {
    ...resources,
    annotations: hosts.annotations,
    namespace,
    profile,
    podSecurity: environments.find(({ name }) => name === file.environment)?.podSecurity,
    services: services.get(namespace) ?? [],
  };
  if (isServiceChart(source)) return brokenRules(manifests, file.service, all);
  const path = valuesPath(file, source);
  const found = imageIn(await readFile(join(folder, path), "utf8"), path, source);
  const image = found.state === "read" ? found.image : undefined;
  return brokenRules(manifests, file.service, { ...all, own: { service: file.service, image, tags, allowed } });
}

/** The violations in a service's manifests. */
interface BrokenIn {
  readonly sourced: Sourced;
  readonly broken: readonly Broken[];
}

/**
 * The violations that a change introduces. Earlier ones are ignored, because a new image must not wait until somebody
 * corrects them. A secret in the values is ignored as well, because another check reports it.
 */
async function newlyBroken(
  { clone, base }: Candidate,
  earlier: Context,
  all: readonly BrokenIn[],
  secrets: readonly SecretsOfFile[],
) {
  const found = all.filter(({ broken }) => broken.length > 0);
  if (found.length === 0) return [];
  const paths = found.flatMap(({ sourced: { file } }) => valuesPaths(file));
  return withChartFolder(clone, base, [CHARTS, ...paths], async (folder) => {
    const problems: (FileProblem & { file: string })[] = [];
    const there = new Set(await clone.list(base, ...paths));
    for (const { sourced, broken } of found) {
      const { file, before: rendering } = sourced;
      const isThere = rendering && there.has(valuesPath(file, rendering.source));
      const rendered = isThere ? await render(folder, file, rendering) : undefined;
      const before =
        rendering && rendered && "manifests" in rendered
          ? await brokenBy(folder, rendered.manifests, { ...earlier, file, rendering })
          : [];
      const ofValues = secrets.filter((each) => isDeepStrictEqual(each.file, file)).flatMap(({ after }) => after);
      const known = new Set(before.map(identity));
      const knownSecrets = new Set([...before, ...ofValues].map(({ secret }) => secret));
      const isNew = (each: Broken) =>
        each.secret === undefined ? !known.has(identity(each)) : !knownSecrets.has(each.secret);
      const messages = new Set(broken.filter(isNew).map(({ message }) => message));
      problems.push(...[...messages].map((message) => ({ file: sourcedPath(sourced), message })));
    }
    return problems;
  });
}

/** Tells violations apart. Another value of the same key is another violation. */
function identity({ message, value }: Broken): string {
  return JSON.stringify([message, value]);
}

/**
 * Refuses everything that makes Helm load files from outside the repository: schemas and dependencies with URLs, and
 * packed charts, whose content no review shows. Must run before Helm, which would open connections.
 */
export async function chartSources(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, tree, changes } = candidate;
  const changed = changes.filter(({ blob }) => blob !== undefined).map(({ path }) => path);
  const paths = [...new Set([...changed, ...(await newlyUsed(candidate))])];
  const problems = paths.map(async (file) => {
    const name = posix.basename(file).toLowerCase();
    if (REFUSED.test(name)) {
      const message =
        `Got ${name}; expected no packed charts and no locks of dependencies. ` +
        "Put the chart's files themselves below charts/.";
      return [{ file, message }];
    }
    if (name !== "values.schema.json" && name !== "chart.yaml") return [];
    const text = (await clone.read(tree, file)) ?? "";
    const found = name === "chart.yaml" ? dependencyProblems(file, text) : schemaProblems(text);
    return found.map((message) => ({ file, message }));
  });
  return (await Promise.all(problems)).flat();
}

/** The files of charts that a changed declaration uses: they may be older than these checks. */
async function newlyUsed({ clone, tree, changes }: Candidate): Promise<string[]> {
  const services = changes.flatMap(({ path, blob }) => (blob === undefined ? [] : (parseDeclarationPath(path) ?? [])));
  const used = [...(await renderingsAt(clone, tree, services)).values()].flatMap((rendering) => {
    return "source" in rendering ? [sharedFolder(rendering.source)].filter((folder) => folder !== undefined) : [];
  });
  return used.length === 0 ? [] : clone.list(tree, ...new Set(used));
}

const REFUSED = /\.(tgz|tar|tar\.gz|prov)$|^chart\.lock$|^requirements\.(yaml|lock)$/;

/** The metaschemas that are built into Helm. */
const BUILT_IN = /^https?:\/\/json-schema\.org\/(schema|draft\/(2020-12|2019-09)\/schema|draft-0[467]\/schema)#?$/;

/** Finds references in a JSON Schema that would make its reader load another schema, or resolve against another URL. */
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

/** Finds dependencies in a Chart.yaml that would make Helm fetch other charts. Argo CD runs `helm dependency build`. */
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

/** The values of a key. Helm ignores the case of keys, so there may be several. */
function valuesOf(map: unknown, key: string): unknown[] {
  if (typeof map !== "object" || map === null) return [];
  const entries = Object.entries(map as Record<string, unknown>);
  return entries.filter(([each, value]) => each.toLowerCase() === key && value !== null).map(([, value]) => value);
}

function isInside(file: string, repository: unknown): boolean {
  const [, path] = /^file:\/\/(\.{1,2}\/[\w./-]+)$/.exec(String(repository)) ?? [];
  return path !== undefined && posix.join(posix.dirname(file), path).startsWith(`${CHARTS}/`);
}
