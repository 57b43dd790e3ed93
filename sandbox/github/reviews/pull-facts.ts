import { atLeast, repositoryKey, roleOf } from "../domain/access/authenticator";
import { ownedPaths } from "../codeowners/load";
import type { Database } from "../store/database";
import type { Git } from "../git/git";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";
import type { MergeMethod } from "../store/ruleset-schema";
import { diffState } from "../domain/reviews";
import type { PullFacts } from "../domain/merge-requirements";

/** A pull request with the commits that a decision is based on. */
export interface PullSnapshot {
  pull: PullRequestRecord;
  /** Tip of the base branch. */
  base: string;
  head: string;
  method: MergeMethod | undefined;
}

/**
 * Collects the facts that rules use: reviews with their reviewers' permissions, owners of the changed files,
 * conversations.
 */
export async function pullFacts(
  database: Database,
  repository: RepositoryRecord,
  git: Git,
  { pull, base, head, method }: PullSnapshot,
): Promise<PullFacts> {
  const { id, files } = await diffState(git, base, head);
  const changedPaths = files.map(({ path }) => path);
  const canWrite = (login: string) => atLeast(roleOf(database, database.account(login), repository), "write");
  const teams = database.teams.filter(({ repositories }) =>
    atLeast(repositories[repositoryKey(repository)] ?? "none", "write"),
  );
  return {
    reviews: pull.reviews
      .filter(({ submittedAt }) => submittedAt !== null)
      .map(({ user, state, diff }) => ({ user, state, canWrite: canWrite(user), isCurrent: diff === id })),
    lastPusher: pull.lastPush.by,
    owned: await ownedPaths(database, repository, git, base, changedPaths),
    changedPaths,
    unresolvedThreads: pull.reviewComments.filter(({ inReplyTo }) => inReplyTo === null).length,
    teams: new Map(
      teams.map((team) => [
        team.id,
        { name: `${team.organization}/${team.slug}`, logins: Object.keys(team.members).filter(canWrite) },
      ]),
    ),
    method,
  };
}
