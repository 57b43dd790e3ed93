import type { Session } from "../session";

/** What a check says of a commit. */
export interface CheckResult {
  /**
   * Null while it runs: that holds a merge up as a failure does. GitHub takes `neutral` and `skipped` for passed, so
   * they are never said.
   */
  readonly conclusion: "success" | "failure" | null;
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
  /** What a program finds the run again by. Default: none. */
  readonly externalId?: string;
  /** What a program reads of it again; people see it below the summary. Default: none. */
  readonly data?: unknown;
}

/** A check's run on a commit. */
export interface CheckRun {
  /** Null while it runs. */
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
  readonly externalId: string | null;
  /** Undefined where none was set. */
  readonly data?: unknown;
}

/**
 * The newest run of a check on a commit; undefined where there is none. In a workflow only the runs of its own App
 * count (`GITOPS_BOT`): who may write checks can take any name for theirs.
 */
export async function newestRun(
  session: Session,
  name: string,
  commit: string,
  bot = process.env.GITOPS_BOT,
): Promise<CheckRun | undefined> {
  return (await runsOf(session, name, commit, bot))[0];
}

/** All runs of a check on a commit, newest first; of one App's bot, where one is named. */
export async function runsOf(
  { github, repository }: Session,
  name: string,
  commit: string,
  bot: string | undefined,
): Promise<CheckRun[]> {
  const request = { ...repository, ref: commit, check_name: name, filter: "all" as const, per_page: 100 };
  const runs = await github.paginate(github.rest.checks.listForRef, request);
  const own = bot ? runs.filter(({ app }) => `${app?.slug ?? ""}[bot]` === bot) : runs;
  return own
    .sort((a, b) => b.id - a.id)
    .map(({ conclusion, output, external_id: externalId }) => {
      return { conclusion, title: output.title, summary: output.summary, externalId, data: dataIn(output.text) };
    });
}

/** JSON in a block of code, as Markdown shows it. */
function textOf(data: unknown): string {
  return `\`\`\`json\n${JSON.stringify(data)}\n\`\`\``;
}

function dataIn(text: string | null): unknown {
  const [, json] = /^```json\n(.*)\n```$/.exec(text ?? "") ?? [];
  return json === undefined ? undefined : (JSON.parse(json) as unknown);
}

/** Sets a check on a commit. Only an App's token may. */
export async function setCheck(
  { github, repository }: Pick<Session, "github" | "repository">,
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

/** A check that a branch asks for. */
export interface RequiredCheck {
  readonly name: string;
  /** The App whose check counts; undefined: anybody's. */
  readonly app: number | undefined;
}

/**
 * A check run as GitHub lists those of a commit, as far as it matters here. What one check says is a `CheckRun` of
 * checks.ts.
 */
export interface ListedRun {
  readonly id: number;
  readonly name: string;
  readonly status: string;
  readonly conclusion: string | null;
  readonly app: { readonly id: number } | null;
  readonly output: { readonly title: string | null; readonly summary: string | null };
}

/** How a commit stands with the checks that are asked for. */
export interface Standing {
  /** The newest runs that failed. */
  readonly failed: readonly ListedRun[];
  /** Names of what has not succeeded yet. */
  readonly missing: readonly string[];
}

/** The checks that GitHub's rules ask for before something is merged into a branch. */
export async function requiredChecks(
  { github, repository }: Pick<Session, "github" | "repository">,
  branch: string,
): Promise<RequiredCheck[]> {
  const rules = await github.paginate(github.rest.repos.getBranchRules, { ...repository, branch, per_page: 100 });
  return rules.flatMap((rule) =>
    rule.type === "required_status_checks"
      ? (rule.parameters?.required_status_checks ?? []).map(({ context, integration_id: app }) => ({
          name: context,
          app: app ?? undefined,
        }))
      : [],
  );
}

/** Reads how a commit stands. Needs the permission to read checks. */
export async function readStanding(
  { github, repository }: Session,
  required: readonly RequiredCheck[],
  commit: string,
): Promise<Standing> {
  const runs = await github.paginate(github.rest.checks.listForRef, { ...repository, ref: commit, per_page: 100 });
  return standing(required, runs);
}

/** Judges a commit's check runs: of each name the newest counts, and only the App's that is asked for. */
export function standing(required: readonly RequiredCheck[], runs: readonly ListedRun[]): Standing {
  const newest = required.map((check) => ({ check, run: newestRequired(check, runs) }));
  const unfinished = newest.filter(({ run }) => run?.status !== "completed");
  const failed = newest.flatMap(({ run }) => (run?.status === "completed" && !PASSED.has(run.conclusion) ? [run] : []));
  return { failed, missing: unfinished.map(({ check }) => check.name) };
}

const PASSED = new Set<string | null>(["success", "neutral", "skipped"]);

function newestRequired({ name, app }: RequiredCheck, runs: readonly ListedRun[]): ListedRun | undefined {
  const counted = runs.filter((run) => run.name === name && (app === undefined || run.app?.id === app));
  return counted.reduce<ListedRun | undefined>((one, other) => (one && one.id > other.id ? one : other), undefined);
}
