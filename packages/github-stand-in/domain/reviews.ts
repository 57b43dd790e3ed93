import { createHash } from "node:crypto";
import type { FileChange } from "../git/commits";
import { parseDiff, rawDiff } from "../git/diff";
import type { Git } from "../git/git";
import { type Database, now, sameName } from "../store/database";
import type { PullRequestRecord, RepositoryRecord, ReviewRecord } from "../store/records";
import { ACTIONS_APP_ID } from "./access/actions-app";
import type { Actor } from "./access/roles";
import { ownedPaths } from "./code-owners";
import { unprocessableEntity } from "./errors";

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

const STATES = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

/** Submits a review. Throws 422 if its author cannot have this opinion. */
export function submitReview(
  actor: Actor,
  record: RepositoryRecord,
  pull: PullRequestRecord,
  review: ReviewRecord,
  event: keyof typeof STATES,
): void {
  const isOwn = sameName(pull.author, actor.account.login);
  if (isOwn && event === "APPROVE") throw unprocessableEntity(["Can not approve your own pull request"]);
  if (isOwn && event === "REQUEST_CHANGES") {
    throw unprocessableEntity(["Can not request changes on your own pull request"]);
  }
  if (event === "APPROVE" && actor.app?.id === ACTIONS_APP_ID && !record.actions.canApprove) {
    throw unprocessableEntity(["GitHub Actions is not permitted to approve pull requests."]);
  }
  if (event !== "APPROVE" && review.body === "") throw unprocessableEntity(["Body cannot be blank"]);
  review.state = STATES[event];
  review.submittedAt = now();
  pull.requested.users = pull.requested.users.filter((login) => !sameName(login, review.user));
}
