import type { Clone } from "./clone";

/** A file that differs between two revisions. A renamed one is one that went and one that came. */
export interface Change {
  readonly path: string;
  /** Git's mode, such as `100644`; undefined where the file is not there. */
  readonly mode: string | undefined;
  /** The blob's id; undefined where the file is not there. */
  readonly blob: string | undefined;
  /** The same before. */
  readonly before: { readonly mode: string; readonly blob: string } | undefined;
}

/** What of some paths (default: everything) differs between two revisions. */
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

/** The blobs of a change: before and after, as far as there are any. */
export function blobsOf({ before, blob, mode }: Change): string[] {
  const isFile = (its: string | undefined) => its !== undefined && its !== SUBMODULE;
  return [
    ...(before && isFile(before.mode) ? [before.blob] : []),
    ...(blob !== undefined && isFile(mode) ? [blob] : []),
  ];
}

/** The mode of a commit of another repository, which no remote here has. */
const SUBMODULE = "160000";
const NOT_THERE = "000000";
