import { RULES_PATH, SERVICE_CHART } from "@gitops-platform/contract/paths";
import { isChartFolder, isServiceChart, sharedFolder, type Source } from "@gitops-platform/contract/source";
import type { Entry } from "./entry";
import { type ChartSchema, formatPath, matchesPath, overlap, parsePath, type ValuePath, valuesAt } from "./paths";

/** In what staging's values may differ from production's. The version, which a promotion copies, is never compared. */
export interface StagingRules {
  /** May have any value, or none. */
  readonly mayDiffer: readonly ValuePath[];
  /** May contain other hosts, but must otherwise be equal. */
  readonly mayDifferInHost: readonly ValuePath[];
  /** May be lower. */
  readonly mayBeLower: readonly ValuePath[];
  /** May have any value, or none, in what another source than the service chart gives. */
  readonly sources: readonly SourcePath[];
}

/** A path in the values of a chart, in a kustomization, or in objects: `Deployment/shop.spec.replicas`. */
export interface SourcePath {
  /** The folder of the chart or base, or `manifests`. */
  readonly source: string;
  readonly path: ValuePath;
}

/** The keys of the chart whose values are workloads, or containers of the web workload, by name. */
const NAMED = ["workers", "statefulSets", "cronJobs", "jobs", "sidecars", "initContainers"];

/** A path in the service's values, and in each of its named workloads and containers. */
function inEach(path: string): string[] {
  return [path, ...NAMED.map((named) => `${named}.*.${path}`)];
}

type List = Exclude<keyof StagingRules, "sources">;
const LISTS: readonly List[] = ["mayDiffer", "mayDifferInHost", "mayBeLower"];

const DEFAULTS: Readonly<Record<List, readonly string[]>> = {
  mayDiffer: [
    ...inEach("image.repository"),
    "serviceAccount.annotations.*",
    "networkPolicy.egress.*.cidr",
    "ingress.hosts",
    "gateway.hosts",
  ],
  mayDifferInHost: inEach("env.*"),
  mayBeLower: [
    ...inEach("resources.*.*"),
    "replicaCount",
    "workers.*.replicaCount",
    "statefulSets.*.replicaCount",
    "statefulSets.*.claims.*.size",
    "autoscaling.minReplicas",
    "autoscaling.maxReplicas",
  ],
};

/** Reads the section `staging`. A list replaces its default. */
export function readStaging(section: Entry | undefined, chart: ChartSchema): StagingRules {
  const lists = section?.keys([...LISTS, "sources"]) ?? {};
  const read = (list: List) => {
    const entries = lists[list]?.list(`Write ${DEFAULTS[list][0] ?? ""}.`);
    return entries ? entries.flatMap((entry) => pathOf(entry, list, chart)) : known(DEFAULTS[list]);
  };
  return {
    mayDiffer: read("mayDiffer"),
    mayDifferInHost: read("mayDifferInHost"),
    mayBeLower: read("mayBeLower"),
    sources: (lists.sources?.list("Write { source: charts/shop, path: ingress.host }.") ?? []).flatMap(sourcePath),
  };
}

function sourcePath(entry: Entry): SourcePath[] {
  const { source, path } = entry.keys(["source", "path"]);
  if (!source || !path) entry.problem("source and path", "Write what is missing.");
  const expected = "the folder of a chart or base, or manifests";
  const name = source?.text(expected, "Write charts/<name>.");
  const isKnown = name === MANIFESTS_SOURCE || (name !== undefined && isChartFolder(name) && name !== SERVICE_CHART);
  if (name !== undefined && !isKnown) source?.problem(expected, "Paths of the service chart are below mayDiffer.");
  const rule = "the path of a value: keys with dots between them, * for any one";
  const text = path?.text(rule, "Write it as ingress.host.");
  const keys = text === undefined ? undefined : parsePath(text);
  if (text !== undefined && !keys) path?.problem(rule, "Write it as ingress.host.");
  // A pattern of one key for all would take the comparison away.
  const isAll = keys?.every((key) => key === null) === true;
  if (isAll) path?.problem("a path with a name in it", "Write which value may differ.");
  return name !== undefined && isKnown && keys && !isAll ? [{ source: name, path: keys }] : [];
}

/** The name of plain manifests in a {@link SourcePath}. */
const MANIFESTS_SOURCE = "manifests";

/** In what a service with this source may differ in staging. */
export function rulesOf(rules: StagingRules, source: Source): StagingRules {
  if (isServiceChart(source)) return rules;
  const name = sharedFolder(source) ?? MANIFESTS_SOURCE;
  const own = rules.sources.filter((each) => each.source === name).map(({ path }) => path);
  if (source.kind === "chart") return { ...rules, mayDiffer: [...rules.mayDiffer, ...own] };
  const lower = source.kind === "kustomize" ? OVERLAYS_MAY_BE_LOWER : OBJECTS_MAY_BE_LOWER;
  return { mayDiffer: own, mayDifferInHost: [], mayBeLower: known(lower), sources: rules.sources };
}

const OVERLAYS_MAY_BE_LOWER = ["replicas.*.count"];

const OBJECTS_MAY_BE_LOWER = [
  "*.spec.replicas",
  "*.spec.minReplicas",
  "*.spec.maxReplicas",
  "*.spec.template.spec.containers.*.resources.*.*",
  "*.spec.jobTemplate.spec.template.spec.containers.*.resources.*.*",
];

function known(paths: readonly string[]): ValuePath[] {
  return paths.map(parsePath).filter((path) => path !== undefined);
}

function pathOf(entry: Entry, list: List, chart: ChartSchema): ValuePath[] {
  const fix = 'Write it as env.LOG_LEVEL or networkPolicy.egress.*.cidr; a key with a dot in it as "example.com/role".';
  const expected = "the path of a value: keys with dots between them, * for any one";
  const text = entry.text(expected, fix);
  if (text === undefined) return [];
  const path = parsePath(text);
  if (!path) {
    entry.problem(expected, fix);
    return [];
  }
  const values = valuesAt(chart, path);
  const closed = closedBy(path, list);
  if (values.length === 0)
    entry.problem("a value of the chart", "See charts/service/values.yaml, and correct the path.");
  else if (closed !== undefined) entry.problem(closed.expected, closed.fix);
  else if (list === "mayBeLower" && !isAmount(path, values)) {
    entry.problem("numbers, or resources", "Put it below staging.mayDiffer.");
  } else if (list === "mayDifferInHost" && !values.every(({ type }) => type === "string")) {
    entry.problem("texts", "Put it below staging.mayDiffer.");
  } else return [path];
  return [];
}

function isAmount(path: ValuePath, values: readonly ChartSchema[]): boolean {
  const isQuantity = path.at(-3) === "resources" || (path.at(-3) === "claims" && path.at(-1) === "size");
  return isQuantity || values.every(({ type }) => type === "integer" || type === "number");
}

interface Closed {
  readonly expected: string;
  readonly fix: string;
}

/** Why a path may not be in a list; undefined if it may. */
function closedBy(path: ValuePath, list: List): Closed | undefined {
  if (RUNS.some((closed) => overlap(closed, path))) {
    return { expected: "no path of how the image runs, which is what staging tries", fix: "Remove it." };
  }
  if (list !== "mayDiffer") return undefined;
  if (AMOUNTS.some((closed) => overlap(closed, path))) {
    const expected =
      "no path of what may be lower at most: with more than production, staging would hide what it lacks";
    return { expected, fix: "Put it below staging.mayBeLower." };
  }
  const isEnv = ENV.some((env) => overlap([...env, null], path) && (path[env.length] ?? null) === null);
  return isEnv ? { expected: "variables by their names", fix: "Write env.LOG_LEVEL, one line for each." } : undefined;
}

const ENV = known(inEach("env"));
const RUNS = known(["containerPort", "service.port", "service.protocol", "statefulSets.*.port", ...inEach("probes")]);
const AMOUNTS = known([
  ...inEach("resources"),
  ...inEach("replicaCount"),
  "autoscaling.minReplicas",
  "autoscaling.maxReplicas",
  "statefulSets.*.claims.*.size",
]);

/** Describes the rule that would permit a difference; undefined if no rule can. */
export function wayToAllow(path: ValuePath, { mayBeLower }: StagingRules, source: Source): string | undefined {
  if (!isServiceChart(source)) {
    const name = sharedFolder(source) ?? MANIFESTS_SOURCE;
    const line = `- { source: ${name}, path: '${formatPath(path)}' } below staging.sources`;
    return `Where it has to differ, the platform team allows it in ${RULES_PATH}: ${line}.`;
  }
  const isAmountPath = hasPath(known(DEFAULTS.mayBeLower), path);
  if ((closedBy(path, "mayDiffer") && !isAmountPath) || hasPath(mayBeLower, path)) return undefined;
  const [what, list]: [string, List] = isAmountPath ? ["be lower", "mayBeLower"] : ["differ", "mayDiffer"];
  const line = `- '${formatPath(path)}' below staging.${list}`;
  return `Where it has to ${what}, the platform team allows it in ${RULES_PATH}: ${line}.`;
}

/** Whether any of the patterns matches a path. */
export function hasPath(paths: readonly ValuePath[], path: ValuePath): boolean {
  return paths.some((pattern) => matchesPath(pattern, path));
}
