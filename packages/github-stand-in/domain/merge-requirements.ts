import type { Git } from "../git/git";
import { type Database, sameName } from "../store/database";
import { atLeast } from "../store/permissions";
import type { PullRequestRecord, RepositoryRecord, ReviewRecord } from "../store/records";
import type { MergeMethod, PullRequestParameters } from "../store/ruleset-schema";
import { repositoryKey, roleOf } from "./access/roles";
import { ownedPaths } from "./code-owners";
import { matchesFiles } from "./patterns";
import { diffState } from "./reviews";

/** The fields of a review that rules use. */
export interface ReviewFacts {
  user: string;
  state: ReviewRecord["state"];
  /** Whether the reviewer has write access: other reviews do not count. */
  canWrite: boolean;
  /** Whether the pull request still makes the reviewed changes. */
  isCurrent: boolean;
}

/** The fields of a pull request that rules use. */
export interface PullFacts {
  /** Submitted reviews, oldest first. */
  reviews: readonly ReviewFacts[];
  /** Login of the newest pusher who changed the difference. */
  lastPusher: string;
  /** The owners of each changed file that has any: their names, and the people who can approve for them. */
  owned: readonly { owners: readonly { name: string; logins: readonly string[] }[] }[];
  changedPaths: readonly string[];
  unresolvedThreads: number;
  /** Teams with write access, by their id. */
  teams: ReadonlyMap<number, { name: string; logins: readonly string[] }>;
  /** The requested merge method; undefined to compute the state only. */
  method: MergeMethod | undefined;
}

/** What a pull request lacks for a `pull_request` rule, as GitHub's messages. */
export function missingForMerge(rule: PullRequestParameters, facts: PullFacts): string[] {
  const { approvals, rejections } = currentOpinions(facts.reviews, rule.dismiss_stale_reviews_on_push);
  const approvers = approvals.map(({ user }) => user);
  const approved = (logins: readonly string[]) =>
    approvers.filter((user) => logins.some((login) => sameName(login, user)));
  const missing: string[] = [];

  const count = rule.required_approving_review_count;
  if (approvers.length < count) {
    const needed = count === 1 ? "1 approving review is" : `${count} approving reviews are`;
    missing.push(`At least ${needed} required by reviewers with write access.`);
  }
  if (rejections.length > 0 && count > 0) {
    const reviews = rejections.length === 1 ? "1 review" : `${rejections.length} reviews`;
    missing.push(`${reviews} requesting changes by reviewers with write access.`);
  }
  if (rule.require_code_owner_review) {
    const waiting = facts.owned.filter(({ owners }) => owners.every(({ logins }) => approved(logins).length === 0));
    const names = new Set(waiting.map(({ owners }) => owners.map(({ name }) => name).join(" and/or ")));
    for (const name of names) missing.push(`Waiting on code owner review from ${name}.`);
  }
  const others = approvals.filter(({ user, isCurrent }) => isCurrent && !sameName(user, facts.lastPusher));
  if (rule.require_last_push_approval && others.length === 0) {
    missing.push("New changes require approval from someone other than the last pusher.");
  }
  for (const { file_patterns: patterns, minimum_approvals: minimum, reviewer } of rule.required_reviewers) {
    if (!facts.changedPaths.some((path) => matchesFiles(patterns, path))) continue;
    const team = facts.teams.get(reviewer.id) ?? { name: `team ${reviewer.id}`, logins: [] };
    if (approved(team.logins).length < minimum) missing.push(`Waiting on review from ${team.name}.`);
  }
  if (rule.required_review_thread_resolution && facts.unresolvedThreads > 0) {
    missing.push("A conversation must be resolved before this pull request can be merged.");
  }
  if (facts.method && !rule.allowed_merge_methods.includes(facts.method)) {
    missing.push(`${METHOD_NAMES[facts.method]} are not allowed on this branch.`);
  }
  return missing;
}

const METHOD_NAMES = { merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" } as const;

/** The current opinion of each reviewer: their newest review that is more than a comment. */
function currentOpinions(reviews: readonly ReviewFacts[], staleIsDismissed: boolean) {
  const newest = new Map<string, ReviewFacts>();
  for (const review of reviews) {
    const isOpinion = review.state !== "COMMENTED" && review.state !== "PENDING";
    if (isOpinion && review.canWrite) newest.set(review.user.toLowerCase(), review);
  }
  const all = [...newest.values()];
  return {
    approvals: all.filter(({ state, isCurrent }) => state === "APPROVED" && (isCurrent || !staleIsDismissed)),
    rejections: all.filter(({ state }) => state === "CHANGES_REQUESTED"),
  };
}

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
