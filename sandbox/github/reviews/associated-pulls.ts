import type { Git } from "../git/git";
import { isAncestor, readRef } from "../git/refs";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";

/**
 * The pull requests that added a commit, or would: merged ones, and open ones unless the commit is on the default
 * branch. A pull request adds the commits that its head or its merge reaches and its base did not.
 */
export async function associatedPulls(git: Git, record: RepositoryRecord, sha: string): Promise<PullRequestRecord[]> {
  // Everything that reaches the commit, in one traversal of the history, whatever the number of pull requests.
  const later = await git.run(["rev-list", "--ancestry-path", "--all", `^${sha}`]);
  const reaching = new Set([sha, ...later.split("\n")]);
  const main = await readRef(git, `refs/heads/${record.settings.default_branch}`);
  const isOnMain = main !== undefined && (await isAncestor(git, sha, main.sha));
  const found = await Promise.all(
    record.pullRequests.map(async (pull) => {
      const isCandidate = pull.merged !== null || (pull.state === "open" && !isOnMain);
      const brings = reaching.has(pull.head.sha) || (pull.merged !== null && reaching.has(pull.merged.sha));
      if (!isCandidate || !brings) return undefined;
      const base = pull.merged ? undefined : await readRef(git, `refs/heads/${pull.base.ref}`);
      return reaching.has(base?.sha ?? pull.base.sha) ? undefined : pull;
    }),
  );
  return found.filter((pull) => pull !== undefined);
}
