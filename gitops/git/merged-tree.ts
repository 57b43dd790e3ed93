import { type Clone, GitFailure } from "./clone";

/** The tree that merging a head into a base makes; undefined where they conflict. Nothing is committed. */
export async function mergedTree(clone: Clone, base: string, head: string): Promise<string | undefined> {
  try {
    return await clone.git("merge-tree", "--write-tree", "--no-messages", base, head);
  } catch (error) {
    // Conflicts: git says no, but prints the tree that has them.
    if (error instanceof GitFailure && /^[0-9a-f]{40,64}$/m.test(error.output)) return undefined;
    throw error;
  }
}
