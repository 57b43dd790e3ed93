import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { isAncestor, resolveCommit } from "../git/refs";
import type { UpdateFacts } from "../rulesets/update-violations";

/**
 * The facts about a change of a ref that come from the Git data. `git` must see the objects of a push that is not
 * accepted yet.
 */
export async function gitFacts(
  git: Git,
  { ref, before, after }: RefChange,
  signed: readonly string[],
): Promise<Pick<UpdateFacts, "kind" | "target" | "isFastForward" | "includesMergeCommit" | "includesUnverified">> {
  const target = ref.startsWith("refs/tags/") ? "tag" : "branch";
  if (after === ZERO)
    return { kind: "delete", target, isFastForward: true, includesMergeCommit: false, includesUnverified: false };
  const isNew = before === ZERO;
  const range = [after, "--not", isNew ? "--all" : before];
  const [isFastForward, merges, includesUnverified] = await Promise.all([
    isNew || isFastForwardOf(git, before, after),
    git.run(["rev-list", "--merges", "--max-count=1", ...range]),
    hasUnverifiedCommit(git, range, signed),
  ]);
  const kind = isNew ? "create" : "update";
  return { kind, target, isFastForward, includesMergeCommit: merges !== "", includesUnverified };
}

/**
 * Whether a range contains a commit that this server did not create and sign. It knows no other keys.
 * @param range arguments of `git rev-list`
 */
export async function hasUnverifiedCommit(
  git: Git,
  range: readonly string[],
  signed: readonly string[],
): Promise<boolean> {
  const commits = await git.run(["rev-list", ...range]);
  return commits.split("\n").some((commit) => commit !== "" && !signed.includes(commit));
}

/** A tag may point at something other than a commit, which has no ancestors. */
async function isFastForwardOf(git: Git, before: string, after: string): Promise<boolean> {
  const [old, now] = await Promise.all([before, after].map((object) => resolveCommit(git, object)));
  return old !== undefined && now !== undefined && isAncestor(git, old, now);
}

/** Folder of the workflows of GitHub Actions. */
const WORKFLOWS = ".github/workflows/";

/**
 * The first workflow file that new commits change, or undefined. Commits are compared with their first parent, so that
 * a merge shows what it adds.
 */
export async function changedWorkflow(git: Git, { after }: RefChange): Promise<string | undefined> {
  if (after === ZERO) return undefined;
  const options = ["--format=", "--name-only", "-z", "--no-renames", "--diff-merges=first-parent"];
  const output = await git.run(["log", ...options, after, "--not", "--all"]);
  return output
    .split("\0")
    .find((path) => path.replace(/^\n/, "").startsWith(WORKFLOWS))
    ?.replace(/^\n/, "");
}
