import type { Session } from "../session";

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
  const newest = required.map((check) => ({ check, run: newestRun(check, runs) }));
  const unfinished = newest.filter(({ run }) => run?.status !== "completed");
  const failed = newest.flatMap(({ run }) => (run?.status === "completed" && !PASSED.has(run.conclusion) ? [run] : []));
  return { failed, missing: unfinished.map(({ check }) => check.name) };
}

const PASSED = new Set<string | null>(["success", "neutral", "skipped"]);

function newestRun({ name, app }: RequiredCheck, runs: readonly ListedRun[]): ListedRun | undefined {
  const counted = runs.filter((run) => run.name === name && (app === undefined || run.app?.id === app));
  return counted.reduce<ListedRun | undefined>((one, other) => (one && one.id > other.id ? one : other), undefined);
}
