import { z } from "zod";
import type { Git } from "../git/git";
import { isAncestor, readRef } from "../git/refs";
import { sameName } from "../store/database";
import type { PullRequestRecord, RepositoryRecord } from "../store/records";

/** The query parameters of a list of pull requests. */
export const pullListSchema = z.object({
  state: z.enum(["open", "closed", "all"]).default("open"),
  head: z.string().optional(),
  base: z.string().optional(),
  sort: z.enum(["created", "updated", "popularity", "long-running"]).default("created"),
  direction: z.enum(["asc", "desc"]).optional(),
});
/** The validated query parameters. */
export type PullList = z.infer<typeof pullListSchema>;

const ORDERS: Record<PullList["sort"], (pull: PullRequestRecord) => number> = {
  created: ({ number }) => number,
  updated: ({ updatedAt }) => Date.parse(updatedAt),
  popularity: ({ comments }) => comments.length,
  "long-running": ({ createdAt }) => Date.parse(createdAt),
};

/**
 * The matching pull requests, sorted: newest first by default, in ascending order for other sort keys. As on GitHub, a
 * `head` without an owner is ignored.
 */
export function listPulls(record: RepositoryRecord, { state, head, base, sort, direction }: PullList) {
  const colon = head?.indexOf(":") ?? -1;
  const wanted = record.pullRequests.filter(
    (pull) =>
      (state === "all" || pull.state === state) &&
      (head === undefined || colon < 0 || isHead(record, pull, head.slice(0, colon), head.slice(colon + 1))) &&
      (base === undefined || base === pull.base.ref),
  );
  const order = ORDERS[sort];
  wanted.sort((a, b) => order(a) - order(b));
  return (direction ?? (sort === "created" ? "desc" : "asc")) === "desc" ? wanted.reverse() : wanted;
}

function isHead(record: RepositoryRecord, pull: PullRequestRecord, owner: string, branch: string): boolean {
  return sameName(owner, record.owner) && branch === pull.head.ref;
}

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
