import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "../errors";
import { remoteBranch } from "../git/refs";
import type { Session } from "../session";

/** Who moved a branch, as GitHub recorded it: nobody can write that themselves. */
export interface Push {
  readonly login: string;
  readonly isBot: boolean;
}

/** One entry of the repository's activity, as far as it matters here. */
export interface Activity {
  readonly activity_type: string;
  /** Where the branch was then. */
  readonly after: string;
  readonly actor: { readonly login: string; readonly type: string } | null;
}

/** Everyone who pushed to a branch to bring it to a commit, each once. */
export async function pushersOf(session: Session, branch: string, head: string): Promise<Push[]> {
  return pushersIn(await activitiesOf(session, branch), head);
}

/**
 * The same from the branch's activity, newest first. A name is used again, so what counts is from the branch's making
 * until the commit came; where that cannot be told, everything does.
 */
export function pushersIn(activities: readonly Activity[], head: string): Push[] {
  const came = activities.findLastIndex(({ after }) => after === head);
  const until = activities.slice(Math.max(0, came));
  const made = until.findIndex(({ activity_type: type }) => type === "branch_creation");
  const counted = came === -1 || made === -1 ? until : until.slice(0, made + 1);
  const pushes = counted
    .filter(({ activity_type: type }) => type !== "branch_deletion")
    .map(({ actor }) => actor)
    .filter((actor) => actor !== null)
    .map(({ login, type }) => ({ login, isBot: type !== "User" }));
  return [...new Map(pushes.map((push) => [push.login, push])).values()];
}

/** GitHub records a push a moment after it: so long is waited for that, in milliseconds. */
const RECORDED_WITHIN = 20_000;

/**
 * Waits until GitHub has recorded how a branch came to a commit that was pushed just now: until then {@link pushersOf}
 * misses who pushed it.
 * @returns The branch's activity then.
 * @param pause Between two looks, in milliseconds.
 * @throws {Failure} where it is not recorded in time.
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
 * Whether one account alone brought a branch to a commit. What GitHub has not recorded yet nobody is known to have
 * pushed.
 */
export async function isPushedBy(session: Session, branch: string, head: string, login: string): Promise<boolean> {
  const activities = await activitiesOf(session, branch);
  const isRecorded = activities.some(({ after, actor }) => after === head && actor?.login === login);
  return isRecorded && pushersIn(activities, head).every((push) => push.login === login);
}

/** A move of a branch. */
export interface Move extends Activity {
  /** Where the branch was before. */
  readonly before: string;
}

/** The kinds of moves that are no merge of a pull request. GitHub lists one kind at a time. */
const PUSHES = ["push", "force_push", "branch_creation"] as const;

/** The pushes that moved a branch without a pull request. Asked for once, when the first commit is looked up. */
export class DirectPushes {
  private moves: Promise<readonly Move[]> | undefined;

  constructor(
    private readonly session: Session,
    private readonly branch: string,
  ) {}

  /** The pushes that may have brought a commit to the branch; none where GitHub has no record of one. */
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
 * The moves that may have brought a commit to a branch: what the branch was at before did not have it.
 * @param having The commit, and all of the branch that have it. What a force push left behind is not among them.
 */
export function movesWith(moves: readonly Move[], having: ReadonlySet<string>): Move[] {
  return moves.filter(({ before, after }) => having.has(after) && !having.has(before));
}

async function activitiesOf({ github, repository }: Session, branch: string): Promise<Activity[]> {
  return github.paginate(github.rest.repos.listActivities, {
    ...repository,
    ref: `refs/heads/${branch}`,
    per_page: 100,
  });
}
