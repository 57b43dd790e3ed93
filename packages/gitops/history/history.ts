import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { localGraph } from "../graph";
import { withRecords } from "../release/record";
import { parseValuesPath } from "@gitops-platform/contract/paths";
import { checkService, servicesIn } from "../values/files";
import { type EnvironmentHistory, readEnvironments } from "./commits";
import { type Deployment, lookUpApprovals } from "./deployment";
import { findDeployments } from "./deployments";
import { measure, type Measured, type Metrics } from "./metrics";

export interface Wanted {
  /** One service and the charts; undefined: everything, including other files. */
  readonly service: string | undefined;
  readonly environments: readonly string[];
  /** undefined: from the beginning. */
  readonly since: Date | undefined;
}

/** The deployments, from Git alone. Plain JSON. */
export interface History {
  /** Newest first. */
  readonly deployments: readonly Deployment[];
  readonly metrics: readonly Metrics[];
  /** Contradictions in Git, in whole sentences. */
  readonly warnings: readonly string[];
}

/**
 * Reads what was deployed where and when, by whom, and who approved it.
 * @throws {Failure} if the service does not exist and never did.
 */
export async function readHistory(clone: Clone, wanted: Wanted, now = new Date()): Promise<History> {
  const { since, service } = wanted;
  const all = await readMeasured(clone, wanted, now);
  if (service !== undefined) checkService(service, [...(await servicesIn(clone)), ...servicesOf(all)]);
  const found = all.flatMap(({ measured }) => measured.deployments);
  const recent = found.filter(({ at }) => since === undefined || new Date(at) >= since);
  const deployments = await withRecords(clone, (find) => lookUpApprovals(recent, find));
  return {
    deployments: deployments.sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0)),
    metrics: all.map(({ measured }) => measure(measured)),
    warnings: (await Promise.all(all.map(({ history }) => lostRecords(clone, history)))).flat(),
  };
}

/** Reads the data of each environment's figures. Approvals are not looked up. */
export async function readMeasured(
  clone: Clone,
  { service, environments: names, since }: Wanted,
  now: Date,
): Promise<{ readonly history: EnvironmentHistory; readonly measured: Measured }[]> {
  const concerns = ({ service: own, chart }: Deployment) => service === undefined || own === service || chart !== null;
  const firstName = localGraph().entry;
  const histories = await readEnvironments(clone, [...new Set([firstName, ...names])]);
  const each = await Promise.all(
    histories.map(async (history) => ({
      history,
      deployments: (await findDeployments(clone, history, { service })).filter(concerns),
    })),
  );
  const first = each[0]?.deployments ?? [];
  return each
    .filter(({ history }) => names.includes(history.environment))
    .map(({ history, deployments }) => ({
      history,
      measured: { environment: history.environment, deployments, first, since, now },
    }));
}

/** The services that exist or existed. */
function servicesOf(all: readonly { readonly history: EnvironmentHistory }[]): string[] {
  const changes = all.flatMap(({ history }) => [...history.main.changes, ...history.read.changes]);
  return [...new Set(changes.flatMap(({ path }) => parseValuesPath(path)?.service ?? []))];
}

/** Records of commits that are not on the branch, for example after a force push. */
async function lostRecords(clone: Clone, { environment, main, read }: EnvironmentHistory): Promise<string[]> {
  if (main === read) return [];
  const folder = `refs/tags/release/${environment}`;
  const lines = (await clone.git("for-each-ref", "--format=%(refname:strip=2) %(*objectname)", folder)).split("\n");
  const lost = lines
    .map((line) => line.split(" "))
    .filter(([, commit = ""]) => commit !== "" && !read.steps.has(commit));
  return lost.map(
    ([tag = "", commit = ""]) =>
      `${tag} records ${commit.slice(0, 7)}, which is not on ${read.branch}: the branch was force-pushed, ` +
      "or the tag is not the platform's.",
  );
}

const DAY = 24 * 60 * 60 * 1000;

/** The problem with a time; undefined if {@link parseSince} accepts it. */
export function sinceProblem(text: string): string | undefined {
  try {
    parseSince(text, new Date());
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/**
 * The moment that `--since` names: `30d` or `12h` before now, or a day or time in ISO 8601.
 * @throws {Failure} for anything else.
 */
export function parseSince(text: string, now: Date): Date {
  const [, amount, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (unit === "d" ? DAY : DAY / 24));
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? new Date(text) : new Date(NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new Failure(
    `--since: got ${JSON.stringify(text)}; expected 30d, 12h or a day. Write it as 30d, or as 2026-01-31.`,
  );
}
