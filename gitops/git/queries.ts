import type { Clone } from "./clone";
import { GitFailure } from "./run-git";

/** Whether a commit is in another's history, or is it. */
export async function isAncestor(clone: Clone, commit: string, of: string): Promise<boolean> {
  return (await clone.git("rev-list", "--max-count=1", commit, "--not", of)) === "";
}

/**
 * The first-parent commit of a revision that brought a commit into it; undefined where the commit is one of them
 * itself, or is not in it.
 */
export async function firstWith(clone: Clone, revision: string, commit: string): Promise<string | undefined> {
  const range = `${commit}..${revision}`;
  const [line, descendants] = await Promise.all([
    clone.git("rev-list", "--first-parent", "--reverse", range),
    clone.git("rev-list", "--ancestry-path", range),
  ]);
  const those = new Set(descendants.split("\n"));
  return line.split("\n").find((id) => id !== "" && those.has(id));
}

/** The tree that a merge of two commits has; undefined where they conflict. Nothing is committed. */
export async function mergedTree(clone: Clone, one: string, other: string): Promise<string | undefined> {
  try {
    return await clone.gitOnDemand("merge-tree", "--write-tree", "--no-messages", one, other);
  } catch (error) {
    // A conflict prints the tree too, with its marks; anything else that went wrong does not.
    if (error instanceof GitFailure && /^[0-9a-f]{40,64}\n/.test(error.output)) return undefined;
    throw error;
  }
}
