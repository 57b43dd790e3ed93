import { createHash } from "node:crypto";
import type { FileChange } from "../git/commits";
import { parseDiff, rawDiff } from "../git/diff";
import type { Git } from "../git/git";
import { type Database, sameName } from "../store/database";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";
import { ownedPaths } from "./code-owners";

/** The difference that a pull request makes, with an identifier of that difference. */
export interface DiffState {
  mergeBase: string;
  /** Equal for two heads that change the same files from the same to the same contents and modes. */
  id: string;
  files: FileChange[];
}

/** The merge base of two commits; `base` itself if they have none. */
export async function mergeBaseOf(git: Git, base: string, head: string): Promise<string> {
  return (await git.query(["merge-base", base, head])) ?? base;
}

/**
 * The changes that merging a head into a base would make: the files that differ between their merge base and the head.
 * A merge of the base into the head that touches none of these files does not change the result, and so keeps
 * approvals.
 */
export async function diffState(git: Git, base: string, head: string): Promise<DiffState> {
  const mergeBase = await mergeBaseOf(git, base, head);
  const raw = await rawDiff(git, mergeBase, head);
  return { mergeBase, id: createHash("sha256").update(raw).digest("hex"), files: parseDiff(raw) };
}

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
