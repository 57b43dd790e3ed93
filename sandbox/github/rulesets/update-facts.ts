import type { Git } from "../git/git";
import type { RefChange } from "../git/push-hooks";
import { ZERO } from "../git/ref-names";
import { isAncestor } from "../git/refs";
import type { UpdateFacts } from "./update-violations";

/** What the Git data say about a change of a ref. `git` sees the objects of a push that is not accepted yet. */
export async function gitFacts(
  git: Git,
  { before, after }: RefChange,
): Promise<Pick<UpdateFacts, "kind" | "isFastForward" | "bringsMergeCommit">> {
  if (after === ZERO) return { kind: "delete", isFastForward: true, bringsMergeCommit: false };
  const isNew = before === ZERO;
  const [isFastForward, merges] = await Promise.all([
    isNew || isAncestor(git, before, after),
    git.run(["rev-list", "--merges", "--max-count=1", after, "--not", isNew ? "--all" : before]),
  ]);
  return { kind: isNew ? "create" : "update", isFastForward, bringsMergeCommit: merges !== "" };
}

/** Folder of the workflows of GitHub Actions. */
const WORKFLOWS = ".github/workflows/";

/**
 * A workflow file that commits change which no ref reaches yet, or undefined. Commits are compared with their first parent,
 * so that a merge shows what it brings.
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
