import { createHash } from "node:crypto";
import type { FileChange } from "../git/commits";
import { parseDiff, rawDiff } from "../git/diff";
import type { Git } from "../git/git";

/** What a pull request changes, and a short name for exactly that. */
export interface DiffState {
  mergeBase: string;
  /** The same for two heads where they change the same files from the same to the same contents and modes. */
  id: string;
  files: FileChange[];
}

/** The commit that two commits have in common; the base itself where they have none. */
export async function mergeBaseOf(git: Git, base: string, head: string): Promise<string> {
  return (await git.query(["merge-base", base, head])) ?? base;
}

/**
 * What merging a head into a base would bring: the files that differ between their merge base and the head. A merge of
 * the base into the head that touches none of these files leaves it as it is, and so leaves approvals alone.
 */
export async function diffState(git: Git, base: string, head: string): Promise<DiffState> {
  const mergeBase = await mergeBaseOf(git, base, head);
  const raw = await rawDiff(git, mergeBase, head);
  return { mergeBase, id: createHash("sha256").update(raw).digest("hex"), files: parseDiff(raw) };
}
