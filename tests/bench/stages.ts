import { closeSync, openSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { paths } from "./sandbox";

/** A line that one of Argo CD's processes has logged. */
interface Line {
  readonly message: string;
  /** Undefined in a line about no Application. */
  readonly application: string | undefined;
  /** When it was read, by `performance.now()`: at most {@link EVERY} milliseconds after it was written. */
  readonly at: number;
}

/** Milliseconds between two looks at a log. Argo CD's own times are whole seconds. */
const EVERY = 5;

/** What the processes of dev's Argo CD log during some work. */
export async function loggedDuring<T>(work: (lines: readonly Line[]) => Promise<T>): Promise<T> {
  const lines: Line[] = [];
  const end = new AbortController();
  const names = ["argocd-server", "argocd-application-controller"];
  const tails = names.map((name) => tail(join(paths.logs, `dev-${name}.log`), lines, end.signal));
  try {
    return await work(lines);
  } finally {
    end.abort();
    await Promise.all(tails);
  }
}

async function tail(file: string, lines: Line[], signal: AbortSignal): Promise<void> {
  const log = openSync(file, "r");
  const ended = () => signal.aborted;
  let offset = statSync(file).size;
  let rest = "";
  const buffer = Buffer.alloc(1 << 16);
  while (!ended()) {
    const read = readSync(log, buffer, 0, buffer.length, offset);
    const at = performance.now();
    offset += read;
    const texts = `${rest}${buffer.toString("utf8", 0, read)}`.split("\n");
    rest = texts.pop() ?? "";
    lines.push(...texts.flatMap((text) => lineOf(text, at)));
    if (read === 0) await sleep(EVERY);
  }
  closeSync(log);
}

function lineOf(text: string, at: number): Line[] {
  try {
    const { msg = "", application } = JSON.parse(text) as { msg?: string; application?: string };
    return [{ message: msg, application, at }];
  } catch {
    // Some libraries of Argo CD log no JSON.
    return [];
  }
}

/** The line with which the controller begins to refresh an Application for a new commit. */
const BECAUSE_OF_GIT = /^Refreshing app status \(.*\), level \(3\)/;

/** The stages of a delivery, and the line of the log that ends each. The last one ends with the cluster's change. */
const STAGES: readonly (readonly [stage: string, ends: RegExp | undefined])[] = [
  ["merge", /^Received push event/],
  ["refresh", BECAUSE_OF_GIT],
  ["render", /^GetRepoObjs stats/],
  ["compare", /^Initiated automated sync/],
  ["operation", /^Initialized new operation/],
  ["apply", undefined],
];

/** What happens in each stage. */
export const STAGE_LABELS: Readonly<Record<string, string>> = {
  merge: "GitHub merges, and its webhook arrives",
  refresh: "the controller begins to refresh the Application",
  render: "the repo-server fetches the commit and renders the chart",
  compare: "the controller compares, and decides to sync",
  operation: "the sync starts",
  apply: "the sync applies the Deployment",
};

/**
 * Milliseconds of each stage of one delivery; undefined if a line is missing, for example because another refresh was
 * in progress.
 */
export function stagesOf(
  lines: readonly Line[],
  application: string,
  { start, live }: { readonly start: number; readonly live: number },
): Record<string, number> | undefined {
  const times: Record<string, number> = {};
  let before = start;
  for (const [stage, ends] of STAGES) {
    const ended = ends === undefined ? live : endOf(lines, ends, before, application);
    if (ended === undefined || ended > live) return undefined;
    times[stage] = ended - before;
    before = ended;
  }
  return times;
}

function endOf(lines: readonly Line[], ends: RegExp, after: number, application: string): number | undefined {
  return lines.find((line) => {
    const isOfAnother = line.application !== undefined && line.application !== application;
    return line.at >= after && !isOfAnother && ends.test(line.message);
  })?.at;
}

/** The Applications that were refreshed because Git changed. */
export function refreshed(lines: readonly Line[]): string[] {
  const found = lines.filter(({ message }) => BECAUSE_OF_GIT.test(message));
  return [...new Set(found.map(({ application = "" }) => application))].sort();
}
