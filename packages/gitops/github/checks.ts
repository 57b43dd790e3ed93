import type { ApiSession } from "../session";
import { branchRules } from "./hindrances";

type Api = Pick<ApiSession, "github" | "repository">;

/** What a check reports about a commit. */
export interface CheckResult {
  /**
   * Null while it runs, which blocks a merge as a failure does. `neutral` and `skipped` are never set, because GitHub
   * counts them as passed.
   */
  readonly conclusion: "success" | "failure" | null;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  /** By which later commands find the run. Default: none. */
  readonly externalId?: string;
  /** Data for later commands; GitHub shows it below the summary. Default: none. */
  readonly data?: unknown;
}

/** A check run on a commit. */
export interface CheckRun {
  /** A newer run has a higher id. */
  readonly id: number;
  readonly name: string;
  /** Null while it runs. */
  readonly conclusion: string | null;
  /** The App that created it. */
  readonly app: { readonly id: number } | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly externalId: string | null;
  /** Undefined if none was set. */
  readonly data?: unknown;
}

/** The newest run of a check on a commit, by the same rule as {@link runsOf}; undefined if there is none. */
export async function newestRun(
  session: Api & Pick<ApiSession, "bot">,
  name: string,
  commit: string,
): Promise<CheckRun | undefined> {
  return (await runsOf(session, name, commit))[0];
}

/**
 * All runs of a check on a commit, newest first. In a workflow, only those of its own App count, because any other
 * workflow can create a check run with the same name.
 */
export async function runsOf(
  session: Api & Pick<ApiSession, "bot">,
  name: string,
  commit: string,
): Promise<CheckRun[]> {
  return listRuns(session, { ref: commit, check_name: name, filter: "all" }, session.bot);
}

/** The latest run of every check on a commit, of all Apps, newest first. */
export async function latestRuns(session: Api, commit: string): Promise<CheckRun[]> {
  return listRuns(session, { ref: commit, filter: "latest" });
}

async function listRuns(
  { github, repository }: Api,
  query: { readonly ref: string; readonly check_name?: string; readonly filter: "all" | "latest" },
  bot?: string,
): Promise<CheckRun[]> {
  const runs = await github.paginate(github.rest.checks.listForRef, { ...repository, ...query, per_page: 100 });
  return runs
    .filter(({ app }) => bot === undefined || `${app?.slug ?? ""}[bot]` === bot)
    .sort((a, b) => b.id - a.id)
    .map(({ id, name, conclusion, app, output, external_id: externalId }) => {
      const { title, summary, text } = output;
      return { id, name, conclusion, app: app && { id: app.id }, title, summary, externalId, data: dataIn(text) };
    });
}

/** Data as a block of code, which Markdown shows as it is. */
function textOf(data: unknown): string {
  return `\`\`\`json\n${JSON.stringify(data)}\n\`\`\``;
}

/** Any App may have written the text: undefined if it is not data of {@link textOf}. */
function dataIn(text: string | null): unknown {
  const [, json] = /^```json\n(.*)\n```$/.exec(text ?? "") ?? [];
  try {
    return json === undefined ? undefined : (JSON.parse(json) as unknown);
  } catch {
    return undefined;
  }
}

/** Creates a check run, which only an App's token may do. */
export async function setCheck(
  { github, repository }: Api,
  name: string,
  commit: string,
  { conclusion, title, summary, externalId, data }: CheckResult,
): Promise<void> {
  await github.rest.checks.create({
    ...repository,
    name,
    head_sha: commit,
    ...(conclusion === null ? { status: "in_progress" as const } : { status: "completed" as const, conclusion }),
    output: { title: title.slice(0, TITLE_LIMIT), summary, ...(data !== undefined && { text: textOf(data) }) },
    ...(externalId !== undefined && { external_id: externalId }),
  });
}

const TITLE_LIMIT = 255;

/** A check that a branch requires. */
export interface RequiredCheck {
  readonly name: string;
  /** The App whose check counts; undefined: any. */
  readonly app: number | undefined;
}

/** The checks that a branch requires before a merge. */
export async function requiredChecks(session: Api, branch: string): Promise<RequiredCheck[]> {
  const rules = await branchRules(session, branch);
  return rules.flatMap((rule) =>
    rule.type === "required_status_checks"
      ? (rule.parameters?.required_status_checks ?? []).map(({ context, integration_id: app }) => ({
          name: context,
          app: app ?? undefined,
        }))
      : [],
  );
}

/** The state of a commit's required checks. */
export interface CheckStatus {
  /** The newest runs that failed. */
  readonly failed: readonly CheckRun[];
  /** The names of checks that have not finished. */
  readonly missing: readonly string[];
}

/** Evaluates a commit's check runs: for each required check, the newest run of the required App counts. */
export function checkStatus(required: readonly RequiredCheck[], runs: readonly CheckRun[]): CheckStatus {
  const newest = required.map((check) => ({ check, run: newestRequired(check, runs) }));
  const unfinished = newest.filter(({ run }) => (run?.conclusion ?? null) === null);
  const failed = newest.flatMap(({ run }) => (run && !PASSED.has(run.conclusion) ? [run] : []));
  return { failed, missing: unfinished.map(({ check }) => check.name) };
}

/** Null: it has not failed yet. */
const PASSED = new Set<string | null>(["success", "neutral", "skipped", null]);

function newestRequired({ name, app }: RequiredCheck, runs: readonly CheckRun[]): CheckRun | undefined {
  const counted = runs.filter((run) => run.name === name && (app === undefined || run.app?.id === app));
  return counted.toSorted((a, b) => b.id - a.id)[0];
}
