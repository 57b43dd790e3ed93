import { checkState } from "./domain/required-checks";
import { changedFiles, lineCounts } from "./git/diff";
import type { Git } from "./git/git";
import { mergeTree } from "./git/merge";
import { readRef } from "./git/refs";
import type { Protection } from "./domain/protection";
import type { PullRequestRecord, RepositoryRecord } from "./store/records";
import type { PullRequestFigures } from "./shapes/pulls";

/** The fields of a pull request that are computed from the Git data, the rules and the checks. */
export async function figuresOf(
  protection: Protection,
  git: Git,
  repository: RepositoryRecord,
  pull: PullRequestRecord,
): Promise<PullRequestFigures> {
  const { head } = pull;
  const isOpen = pull.state === "open";
  const current = isOpen ? (await readRef(git, `refs/heads/${pull.base.ref}`))?.sha : undefined;
  const base = current ?? pull.base.sha;
  const mergeBase = (await git.query(["merge-base", base, head.sha])) ?? base;
  const [tree, commits, files, lines] = await Promise.all([
    isOpen ? mergeTree(git, base, head.sha) : undefined,
    git.run(["rev-list", "--count", head.sha, "--not", base]),
    changedFiles(git, mergeBase, head.sha),
    lineCounts(git, mergeBase, head.sha),
  ]);
  const sum = (key: "additions" | "deletions") => [...lines.values()].reduce((total, line) => total + line[key], 0);
  const mergeable = isOpen ? tree !== undefined : undefined;
  return {
    mergeable,
    mergeableState: await stateOf(protection, git, repository, pull, mergeable),
    commits: Number(commits),
    additions: sum("additions"),
    deletions: sum("deletions"),
    changedFiles: files.length,
  };
}

async function stateOf(
  protection: Protection,
  git: Git,
  repository: RepositoryRecord,
  pull: PullRequestRecord,
  mergeable: boolean | undefined,
): Promise<PullRequestFigures["mergeableState"]> {
  if (mergeable === undefined) return "unknown";
  if (!mergeable) return "dirty";
  if (pull.draft) return "draft";
  const { isBehind, others } = await protection.missing(repository, git, pull);
  if (others.length > 0) return "blocked";
  if (isBehind) return "behind";
  return allSucceeded(repository, pull.head.sha) ? "clean" : "unstable";
}

function allSucceeded(repository: RepositoryRecord, sha: string): boolean {
  const statuses = repository.statuses.filter((status) => status.sha === sha);
  const runs = repository.checkRuns.filter((run) => run.sha === sha);
  const names = new Set([...statuses.map(({ context }) => context), ...runs.map(({ name }) => name)]);
  return [...names].every((context) => checkState({ context }, { statuses, runs }) === "success");
}
