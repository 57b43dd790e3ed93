import type { Session } from "../session";

/** What a check says of a commit. */
export interface CheckResult {
  readonly conclusion: "success" | "failure";
  readonly title: string;
  /** Markdown, at most 65,535 characters. */
  readonly summary: string;
}

/** A check's newest run on a commit. */
export interface CheckRun {
  /** Null while it runs. */
  readonly conclusion: string | null;
  readonly title: string | null;
  readonly summary: string | null;
}

/**
 * The newest run of a check on a commit; undefined where there is none. In a workflow only the runs of its own App count (`GITOPS_BOT`): who may write
 * checks can take any name for theirs.
 */
export async function newestRun(
  { github, repository }: Session,
  name: string,
  commit: string,
  bot = process.env.GITOPS_BOT,
): Promise<CheckRun | undefined> {
  const request = { ...repository, ref: commit, check_name: name, filter: "all" as const, per_page: 100 };
  const runs = await github.paginate(github.rest.checks.listForRef, request);
  const own = bot ? runs.filter(({ app }) => `${app?.slug ?? ""}[bot]` === bot) : runs;
  const newest = own.sort((a, b) => b.id - a.id)[0];
  if (!newest) return undefined;
  return { conclusion: newest.conclusion, title: newest.output.title, summary: newest.output.summary };
}

/** Sets a check on a commit. Only an App's token may. */
export async function setCheck(
  { github, repository }: Pick<Session, "github" | "repository">,
  name: string,
  commit: string,
  { conclusion, title, summary }: CheckResult,
): Promise<void> {
  await github.rest.checks.create({
    ...repository,
    name,
    head_sha: commit,
    status: "completed",
    conclusion,
    output: { title: title.slice(0, TITLE_LIMIT), summary },
  });
}

const TITLE_LIMIT = 255;
