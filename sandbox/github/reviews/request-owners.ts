import { ownedPaths } from "../codeowners/load";
import { type Database, sameName } from "../store/database";
import type { Git } from "../git/git";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";
import { diffState } from "../domain/reviews";

/**
 * Requests reviews from the owners of the changed files, as GitHub does when a pull request is opened or marked ready
 * for review.
 */
export async function requestOwners(
  database: Database,
  repository: RepositoryRecord,
  git: Git,
  pull: PullRequestRecord,
): Promise<void> {
  if (pull.draft) return;
  const { files } = await diffState(git, pull.base.sha, pull.head.sha);
  const paths = files.map(({ path }) => path);
  const owned = await ownedPaths(database, repository, git, pull.base.sha, paths);
  const owners = owned.flatMap((entry) => entry.owners);
  const users = owners.filter(({ team, name }) => !team && !sameName(name, pull.author)).map(({ name }) => name);
  const teams = owners.flatMap(({ team }) => (team ? [team.slug] : []));
  pull.requested.users = [...new Set([...pull.requested.users, ...users])];
  pull.requested.teams = [...new Set([...pull.requested.teams, ...teams])];
}
