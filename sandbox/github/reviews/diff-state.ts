import { createHash } from "node:crypto";
import { changedFiles } from "../git/diff";
import type { FileChange } from "../git/commits";
import type { Git } from "../git/git";

/** What a pull request changes, and a short name for exactly that. */
export interface DiffState {
  /** The same for two heads where they change the same files from the same to the same contents. */
  id: string;
  files: FileChange[];
}

/**
 * What merging a head into a base would bring: the files that differ between their merge base and the head. A merge of the base
 * into the head that touches none of these files leaves it as it is, and so leaves approvals alone.
 */
export async function diffState(git: Git, base: string, head: string): Promise<DiffState> {
  const mergeBase = (await git.query(["merge-base", base, head])) ?? base;
  const [files, raw] = await Promise.all([
    changedFiles(git, mergeBase, head),
    // With the modes: a file that becomes executable, or a link, is another change.
    git.run(["diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", mergeBase, head]),
  ]);
  return { id: createHash("sha256").update(raw).digest("hex"), files };
}
