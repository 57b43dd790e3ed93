import { RULES_PATH } from "@gitops-platform/contract/paths";
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
}

/** The keys of the chart whose values are workloads, or containers of the web workload, by name. */
const NAMED = ["workers", "statefulSets", "cronJobs", "jobs", "sidecars", "initContainers"];

/** A path in the service's values, and in each of its named workloads and containers. */
function inEach(path: string): string[] {
  return [path, ...NAMED.map((named) => `${named}.*.${path}`)];
}

type List = keyof StagingRules;
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
  const lists = section?.keys(LISTS) ?? {};
  const read = (list: List) => {
    const entries = lists[list]?.list(`Write ${DEFAULTS[list][0] ?? ""}.`);
    return entries ? entries.flatMap((entry) => pathOf(entry, list, chart)) : known(DEFAULTS[list]);
  };
  return {
    mayDiffer: read("mayDiffer"),
    mayDifferInHost: read("mayDifferInHost"),
    mayBeLower: read("mayBeLower"),
  };
}

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
export function wayToAllow(path: ValuePath, { mayBeLower }: StagingRules): string | undefined {
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
