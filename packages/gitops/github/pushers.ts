import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "@gitops-platform/contract/failure";
import { remoteBranch } from "../git/refs";
import type { Session } from "../session";

/** Who pushed to a branch, by GitHub's own record, which cannot be forged. */
export interface Push {
  readonly login: string;
  readonly isBot: boolean;
}

/** An entry of the repository's activity. */
export interface Activity {
  readonly activity_type: string;
  /** The branch's commit afterwards. */
  readonly after: string;
  readonly actor: { readonly login: string; readonly type: string } | null;
}

/** Everyone who pushed to a branch until it reached a commit, each once. */
export async function pushersOf(session: Session, branch: string, head: string): Promise<Push[]> {
  return pushersIn(await activitiesOf(session, branch), head);
}

/**
 * The same from the branch's activity, newest first. A branch's name can be used again, so only the pushes from the
 * branch's creation to the commit count. If that range cannot be determined, all count.
 */
export function pushersIn(activities: readonly Activity[], head: string): Push[] {
  const came = activities.findLastIndex(({ after }) => after === head);
  const until = activities.slice(Math.max(0, came));
  const made = until.findIndex(isCreation);
  const counted = came === -1 || made === -1 ? until : until.slice(0, made + 1);
  const pushes = counted
    .filter(({ activity_type: type }) => type !== "branch_deletion")
    .map(({ actor }) => actor)
    .filter((actor) => actor !== null)
    .map(({ login, type }) => ({ login, isBot: type !== "User" }));
  return [...new Map(pushes.map((push) => [push.login, push])).values()];
}

/** How long to wait until GitHub has recorded a push, in milliseconds. */
const RECORDED_WITHIN = 20_000;

/**
 * Waits until GitHub has recorded the push of a commit. Until then, {@link pushersOf} does not include who pushed it.
 * @returns The branch's activity.
 * @param pause Between two requests, in milliseconds.
 * @throws {Failure} if it is not recorded in time.
 */
export async function untilRecorded(
  session: Session,
  branch: string,
  head: string,
  { within = RECORDED_WITHIN, pause = 1000 } = {},
): Promise<Activity[]> {
  const deadline = performance.now() + within;
  for (;;) {
    const activities = await activitiesOf(session, branch);
    if (activities.some(({ after }) => after === head)) return activities;
    if (performance.now() > deadline) {
      const what = `got no record on GitHub of who pushed ${head.slice(0, 7)}; expected one`;
      throw new Failure(`${branch}: ${what} within ${within / 1000} s. Run this check again.`);
    }
    await sleep(pause);
  }
}

/**
 * The newest commit of a branch that only one account brought there: nobody else had pushed to the branch before. Any
 * writer can push to the platform's branches, so nothing above it may be used in the account's name.
 * @param tip The branch's newest commit.
 * @returns undefined if GitHub has not recorded yet how the branch got its tip. The commit is undefined if somebody
 *   else created the branch.
 */
export async function newestPushedOnlyBy(
  session: Session,
  branch: string,
  tip: string,
  login: string,
): Promise<{ readonly commit: string | undefined } | undefined> {
  const activities = await activitiesSinceCreation(session, branch);
  return activities[0]?.after === tip ? { commit: newestOnlyBy(activities, login) } : undefined;
}

/**
 * The same from the branch's activity, newest first. A branch's name can be used again, so only what came since the
 * branch was last created counts. If that is not known, everything counts.
 */
export function newestOnlyBy(activities: readonly Activity[], login: string): string | undefined {
  const made = activities.findIndex(isCreation);
  const pushes = activities.slice(0, made === -1 ? undefined : made + 1).reverse();
  const other = pushes.findIndex(({ actor }) => actor?.login !== login);
  return pushes.slice(0, other === -1 ? undefined : other).at(-1)?.after;
}

/** A push that moved a branch. */
export interface Move extends Activity {
  /** The branch's commit before. */
  readonly before: string;
}

/** The kinds of pushes that are not merges of pull requests. GitHub lists one kind at a time. */
const PUSHES = ["push", "force_push", "branch_creation"] as const;

/** The pushes that moved a branch without a pull request. They are requested once, for the first commit. */
export class DirectPushes {
  private moves: Promise<readonly Move[]> | undefined;

  constructor(
    private readonly session: Session,
    private readonly branch: string,
  ) {}

  /** The pushes that may have added a commit to the branch; none if GitHub has no record. */
  async of(commit: string): Promise<Move[]> {
    this.moves ??= this.ask();
    const range = `${commit}..${remoteBranch(this.branch)}`;
    const descendants = await this.session.clone.git("rev-list", "--ancestry-path", range);
    return movesWith(await this.moves, new Set([commit, ...descendants.split("\n")]));
  }

  private async ask(): Promise<readonly Move[]> {
    const { github, repository } = this.session;
    const request = { ...repository, ref: `refs/heads/${this.branch}`, per_page: 100 };
    const kinds = PUSHES.map((activity_type) =>
      github.paginate(github.rest.repos.listActivities, { ...request, activity_type }),
    );
    return (await Promise.all(kinds)).flat();
  }
}

/**
 * The pushes that may have added a commit to a branch: it contained the commit afterwards, and not before.
 * @param having The commit and its descendants on the branch. Commits that a force push removed are not included.
 */
export function movesWith(moves: readonly Move[], having: ReadonlySet<string>): Move[] {
  return moves.filter(({ before, after }) => having.has(after) && !having.has(before));
}

async function activitiesOf({ github, repository }: Session, branch: string): Promise<Activity[]> {
  return github.paginate(github.rest.repos.listActivities, activityRequest(repository, branch));
}

/** The branch's activity at least since it was last created. A branch of the queue is created once for each bump. */
async function activitiesSinceCreation({ github, repository }: Session, branch: string): Promise<Activity[]> {
  const request = activityRequest(repository, branch);
  return github.paginate(github.rest.repos.listActivities, request, ({ data }, done) => {
    if (data.some(isCreation)) done();
    return data;
  });
}

function activityRequest(repository: Session["repository"], branch: string) {
  return { ...repository, ref: `refs/heads/${branch}`, per_page: 100 };
}

function isCreation({ activity_type: type }: Activity): boolean {
  return type === "branch_creation";
}
