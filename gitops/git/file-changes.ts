import type { Clone } from "./clone";

/** A file that a commit changed, compared with its first parent. */
export interface FileChange {
  readonly commit: string;
  readonly path: string;
  /** The blob before; null where there was no file. */
  readonly before: string | null;
  /** The blob after; null where there is no file any more. */
  readonly after: string | null;
}

/** What the steps of a branch changed in some folders, newest step first. */
export async function readFileChanges(
  clone: Clone,
  revision: string,
  folders: readonly string[],
): Promise<FileChange[]> {
  const output = await clone.git(
    ...["log", "--first-parent", "--diff-merges=first-parent", "--topo-order", "--root"],
    ...["--raw", "-z", "--no-renames", "--no-abbrev", "--format=%H", revision, "--", ...folders],
  );
  const changes: FileChange[] = [];
  let commit = "";
  const tokens = output.split("\0").values();
  for (const token of tokens) {
    const text = token.trim();
    const [, before = "", after = ""] = /^:\d+ \d+ ([0-9a-f]+) ([0-9a-f]+) \w$/.exec(text) ?? [];
    if (before !== "")
      changes.push({ commit, path: tokens.next().value ?? "", before: blob(before), after: blob(after) });
    else if (text !== "") commit = text;
  }
  return changes;
}

/** Git names what is not there by zeros. */
function blob(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}
