import type { Clone } from "./clone";

/** A commit's change of a file, compared with its first parent. */
export interface FileChange {
  readonly commit: string;
  readonly path: string;
  /** The blob before; null where there was no file. */
  readonly before: string | null;
  /** The blob after; null where the commit removed the file. */
  readonly after: string | null;
}

/**
 * The changes that a branch's first-parent commits made to some paths (none: to all), newest first. A merged pull
 * request is one such commit.
 */
export async function readFileChanges(clone: Clone, revision: string, paths: readonly string[]): Promise<FileChange[]> {
  const output = await clone.git(
    ...["log", "--first-parent", "--diff-merges=first-parent", "--topo-order", "--root"],
    ...["--raw", "-z", "--no-renames", "--no-abbrev", "--format=%H", revision, "--", ...paths],
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

/** Git writes zeros for a missing file. */
function blob(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}

/**
 * The changes on `main` that turned a file from the content that an environment's branch had into the released content,
 * newest first. They begin with the newest change to the released content, and end before the newest earlier change to
 * the environment's content. Empty if `main` never had the released content.
 * @param changes the file's changes on `main`, newest first
 * @param released the released blob; null: the release removes the file
 * @param before the blobs that the environment had, newest first; the first one that `main` had too counts
 * @param otherwise what counts if `main` had none of them, because the environment's content was released by hand:
 * "all" changes (who may have contributed), or the "newest" alone (who most likely did)
 */
export function introducedBy(
  changes: readonly FileChange[],
  released: string | null,
  before: readonly (string | null)[],
  otherwise: "all" | "newest",
): FileChange[] {
  const newest = changes.findIndex(({ after }) => after === released);
  if (newest === -1) return [];
  const introduced = changes.slice(newest);
  for (const blob of before) {
    const end = introduced.findIndex(({ after }) => after === blob);
    if (end !== -1) return introduced.slice(0, end);
  }
  return otherwise === "all" ? introduced : introduced.slice(0, 1);
}

/** A file that differs between two revisions. A renamed file is one removed and one added file. */
export interface Change {
  readonly path: string;
  /** Git's mode, such as `100644`; undefined for a removed file. */
  readonly mode: string | undefined;
  /** The blob's id; undefined for a removed file. */
  readonly blob: string | undefined;
  /** Mode and blob before the change; undefined for a new file. */
  readonly before: { readonly mode: string; readonly blob: string } | undefined;
}

/** The files that differ between two revisions, below some paths (default: all). */
export async function changesBetween(clone: Clone, from: string, to: string, ...paths: string[]): Promise<Change[]> {
  const args = ["diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", from, to, "--", ...paths];
  const fields = (await clone.git(...args)).split("\0");
  const changes: Change[] = [];
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const [oldMode = "", mode = "", oldBlob = "", blob = ""] = (fields[index] ?? "").slice(1).split(" ");
    const side = (itsMode: string, itsBlob: string) =>
      itsMode === NOT_THERE ? undefined : { mode: itsMode, blob: itsBlob };
    const now = side(mode, blob);
    const before = side(oldMode, oldBlob);
    changes.push({ path: fields[index + 1] ?? "", mode: now?.mode, blob: now?.blob, before });
  }
  return changes;
}

/** The blobs of a change, before and after it. */
export function blobsOf({ before, blob, mode }: Change): string[] {
  const isFile = (its: string | undefined) => its !== undefined && its !== SUBMODULE;
  return [
    ...(before && isFile(before.mode) ? [before.blob] : []),
    ...(blob !== undefined && isFile(mode) ? [blob] : []),
  ];
}

/** The mode of a submodule: its id is a commit of another repository. */
const SUBMODULE = "160000";
const NOT_THERE = "000000";
