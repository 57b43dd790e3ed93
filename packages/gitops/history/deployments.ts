import { parse } from "yaml";
import { CHARTS, parseValuesPath } from "@gitops-platform/contract/paths";
import type { Clone } from "../git/clone";
import { type FileChange, readFileChanges } from "../git/file-history";
import { remoteBranch } from "../git/refs";
import { type Difference, DifferencesByBlob, type EnvironmentHistory, releasedChanges } from "./commits";
import {
  approvalAwaited,
  type ChangeSummary,
  type Deployment,
  type Kind,
  pullRequestOf,
  summarizeChange,
} from "./deployment";

/** Which part of an environment's deployments to read. Default: all. */
interface Wanted {
  /** Only this service's deployments, and those of charts and other files. */
  readonly service?: string | undefined;
  /** A cache of the environment's changes between calls. */
  readonly differences?: DifferencesByBlob;
}

/**
 * All deployments in an environment, and all other changes of its branch, newest first. Approvals are not looked up.
 */
export async function findDeployments(
  clone: Clone,
  history: EnvironmentHistory,
  { service, differences = new DifferencesByBlob(clone) }: Wanted = {},
): Promise<Deployment[]> {
  const changes = history.read.changes.filter(({ path }) => {
    const file = parseValuesPath(path);
    return file !== undefined && (service === undefined || file.service === service);
  });
  const found = await differences.of(changes, history.read);
  const seen = new Map<string, Map<string, number>>();
  const services = changes.toReversed().flatMap((change) => {
    const difference = found.get(change);
    return difference ? serviceDeployment(change, difference, history, seen) : [];
  });
  const [charts, files] = await Promise.all([chartDeployments(clone, history), fileDeployments(clone, history)]);
  const place = new Map([...history.read.steps.keys()].map((commit, index) => [commit, index]));
  const order = ({ commit }: Deployment) => place.get(commit) ?? 0;
  return [...services.reverse(), ...charts, ...files].sort((a, b) => order(a) - order(b));
}

/** @param seen the images that each service had so far, numbered in the order in which they first appeared */
function serviceDeployment(
  change: FileChange,
  { from, to, was, is, configuration }: Difference,
  history: EnvironmentHistory,
  seen: Map<string, Map<string, number>>,
): Deployment[] {
  const { service } = parseValuesPath(change.path) ?? {};
  if (service === undefined || !history.read.steps.has(change.commit)) return [];
  const images = seen.get(service) ?? new Map<string, number>();
  seen.set(service, images);
  if (to !== null && !images.has(to)) images.set(to, images.size);
  if (was === "there" && is === "there" && from === to && !configuration) return [];
  const found = summaryOf(change, history);
  if (!found) return [];
  const { about, summary } = found;
  const kind =
    is === "absent" ? "removal" : to === null || from === to ? "configuration" : imageKind(from, to, images, summary);
  const { by, subject, explanation } = summary;
  return [{ ...about, chart: null, kind, from, to, configuration, by, subject, explanation }];
}

/**
 * When, how and by whom a service's values were changed; undefined if the commit is not on the branch's first-parent
 * line.
 */
function summaryOf(change: FileChange, history: EnvironmentHistory) {
  const file = parseValuesPath(change.path);
  const step = history.read.steps.get(change.commit);
  if (!file || !step) return undefined;
  const released = releasedChanges(change, history).flatMap(({ commit }) => history.main.steps.get(commit) ?? []);
  const summary = joinSummaries(
    summarizeChange(step, file),
    released.map((origin) => summarizeChange(origin, file)),
  );
  const { environment, service } = file;
  const approval = approvalAwaited(history, step.id);
  const about = { at: step.at, commit: step.id, environment, service, approval, pullRequest: pullRequestOf(step) };
  return { about, summary };
}

function imageKind(
  from: string | null,
  to: string | null,
  images: ReadonlyMap<string, number>,
  summary: ChangeSummary,
): Kind {
  const isOlder = (images.get(to ?? "") ?? Infinity) < (images.get(from ?? "") ?? -1);
  if (summary.reverts || isOlder) return "rollback";
  return summary.promoted ? "promotion" : "deployment";
}

/** A bot makes the release, so the people and the reason come from the released changes, newest first. */
function joinSummaries(own: ChangeSummary, released: readonly ChangeSummary[]): ChangeSummary {
  const [newest] = released;
  if (!newest) return own;
  return { ...newest, by: [...new Set(released.flatMap(({ by }) => by))] };
}

/**
 * The commits of an environment's own branch that changed files other than values and charts, newest first. None if the
 * environment follows `main`, where changes do not wait for approval.
 */
async function fileDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const { environment, main, read } = history;
  if (main === read) return [];
  const changes = await readFileChanges(clone, remoteBranch(read.branch), []);
  const byCommit = Map.groupBy(changes, ({ commit }) => commit);
  return [...byCommit].flatMap(([commit, all]) => {
    const step = read.steps.get(commit);
    // The commits that the branch shares with main are older than the branch.
    if (!step || main.steps.has(commit)) return [];
    const files = otherFiles(environment, all);
    if (files.length === 0) return [];
    const { by, subject, explanation } = summarizeChange(step, { environment, service: null });
    return [
      {
        ...{ at: step.at, commit, environment, service: null, chart: null, files, kind: "files" as const },
        ...{ from: null, to: null, configuration: false, by, approval: approvalAwaited(history, commit) },
        ...{ subject, explanation, pullRequest: pullRequestOf(step) },
      },
    ];
  });
}

/** The other files that one commit changed, without manifests that were rendered from changed values or charts. */
function otherFiles(environment: string, changes: readonly FileChange[]): string[] {
  const values = changes.flatMap(({ path }) => {
    const file = parseValuesPath(path);
    return file?.environment === environment ? [{ path, service: file.service }] : [];
  });
  const charts = changes.some(({ path }) => isBelow(CHARTS, path));
  const isRendered = (path: string) =>
    isBelow("manifests", path) && (charts || values.some(({ service }) => isBelow(`manifests/${service}`, path)));
  return changes
    .map(({ path }) => path)
    .filter((path) => !isBelow(CHARTS, path) && !values.some((file) => file.path === path) && !isRendered(path))
    .sort();
}

function isBelow(folder: string, path: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** The changes of charts, newest first. */
async function chartDeployments(clone: Clone, history: EnvironmentHistory): Promise<Deployment[]> {
  const { environment, read } = history;
  const changed = new Map<string, { commit: string; chart: string }>();
  for (const { commit, path } of read.changes) {
    const [folder, chart, file] = path.split("/");
    if (folder === CHARTS && chart !== undefined && file !== undefined)
      changed.set(`${commit}/${chart}`, { commit, chart });
  }
  const metadata = (revision: string, chart: string) => `${revision}:${CHARTS}/${chart}/Chart.yaml`;
  const all = [...changed.values()];
  const texts = await clone.readBlobs(
    all.flatMap(({ commit, chart }) => [metadata(commit, chart), metadata(`${commit}^`, chart)]),
  );
  return all.flatMap(({ commit, chart }) => {
    const step = read.steps.get(commit);
    if (!step) return [];
    const { by, subject, explanation } = summarizeChange(step, { environment, service: null });
    return [
      {
        at: step.at,
        commit,
        environment,
        service: null,
        chart,
        kind: "chart" as const,
        from: versionOf(texts.get(metadata(`${commit}^`, chart))),
        to: versionOf(texts.get(metadata(commit, chart))),
        configuration: false,
        by,
        approval: approvalAwaited(history, commit),
        subject,
        explanation,
        pullRequest: pullRequestOf(step),
      },
    ];
  });
}

function versionOf(chart: string | undefined): string | null {
  try {
    const { version } = parse(chart ?? "", { logLevel: "error" }) as { version?: unknown };
    return typeof version === "string" ? version : null;
  } catch {
    return null;
  }
}

/** A change of a service's image, without the fields that need the whole history. */
export type ImageChange = Omit<
  Deployment,
  "chart" | "files" | "kind" | "configuration" | "byRecord" | "subject" | "explanation"
>;

/**
 * The newest change of each service's image. Reads only as much of a long history as it needs. Approvals are not looked
 * up.
 */
export async function newestImageChanges(clone: Clone, history: EnvironmentHistory): Promise<ImageChange[]> {
  const differences = new DifferencesByBlob(clone);
  const changes = history.read.changes.filter(({ commit }) => history.read.steps.has(commit));
  let open = [...Map.groupBy(changes, ({ path }) => parseValuesPath(path)?.service)].filter(
    (entry): entry is [string, FileChange[]] => entry[0] !== undefined,
  );
  const found: ImageChange[] = [];
  // Usually the last change of the file is the wanted one, so it is read alone, and then twice as many each time.
  for (let [from, to] = [0, 1]; open.length > 0; [from, to] = [to, 2 * to + 1]) {
    const all = await differences.of(
      open.flatMap(([, own]) => own.slice(from, to)),
      history.read,
    );
    open = open.filter(([service, own]) => {
      const change = own.slice(from, to).find((each) => isOfImage(all.get(each)));
      if (change) found.push(...imageChange(history, service, change, all.get(change)));
      return !change && own.length > to;
    });
  }
  return found;
}

function isOfImage(difference: Difference | undefined): boolean {
  return difference !== undefined && difference.from !== difference.to;
}

function imageChange(
  history: EnvironmentHistory,
  service: string,
  change: FileChange,
  difference: Difference | undefined,
): ImageChange[] {
  const found = summaryOf(change, history);
  if (!found || !difference) return [];
  const { from, to } = difference;
  return [{ ...found.about, service, from, to, by: found.summary.by }];
}
