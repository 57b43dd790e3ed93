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
export async function pushersOf({ github, repository }: Session, branch: string, head: string): Promise<Push[]> {
  const request = { ...repository, ref: `refs/heads/${branch}`, per_page: 100 };
  return pushersIn(await github.paginate(github.rest.repos.listActivities, request), head);
}

/**
 * The same from the branch's activity, newest first. A name is used again, so what counts is from the branch's making until the commit came; where
 * that cannot be told, everything does.
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
