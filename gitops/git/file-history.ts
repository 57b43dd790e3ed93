import type { Clone } from "./clone";

/** A file as of a first-parent commit that changed it. */
export interface Version {
  readonly commit: string;
  /** The file's blob after the commit; undefined if the commit removed the file. */
  readonly blob: string | undefined;
}

/** The first-parent commits of a branch that changed a file, newest first. Merges of pull requests are such commits. */
export async function pathHistory(clone: Clone, branch: string, path: string): Promise<Version[]> {
  const format = ["--format=%x01%H", "--raw", "--no-abbrev", "--no-renames", "--diff-merges=first-parent"];
  const output = await clone.git("log", "--first-parent", ...format, branch, "--", path);
  return [...output.matchAll(/\x01([0-9a-f]+)\s+:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+)/g)].map(
    ([, commit = "", mode, blob]) => ({ commit, blob: mode === "000000" ? undefined : blob }),
  );
}

/**
 * The commits on `main` that changed a file from its content in an environment to its content in a release, newest
 * first: from the newest commit with the released content back to the newest earlier one with the environment's
 * content, which is excluded. If `main` never had the environment's content, because it was released by hand, the
 * environment's previous content is used. Empty if `main` never had the released content.
 */
export function bringing(
  onMain: readonly Version[],
  onEnvironment: readonly Version[],
  released: string | undefined,
): Version[] {
  const newest = onMain.findIndex(({ blob }) => blob === released);
  if (newest === -1) return [];
  const brought = onMain.slice(newest);
  const before = onEnvironment.length > 0 ? onEnvironment : [{ blob: undefined }];
  for (const { blob } of before) {
    const end = brought.findIndex((version) => version.blob === blob);
    if (end !== -1) return brought.slice(0, end);
  }
  return brought;
}

/** A file that a commit changed, compared with its first parent. */
export interface FileChange {
  readonly commit: string;
  readonly path: string;
  /** The blob before; null where there was no file. */
  readonly before: string | null;
  /** The blob after; null where there is no file any more. */
  readonly after: string | null;
}

/** The changes by each first-parent commit of a branch in some folders, newest first. */
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

/** Git writes a missing blob as zeros. */
function blob(id: string): string | null {
  return /^0+$/.test(id) ? null : id;
}

/** A file that differs between two revisions. A renamed file is a removed one and an added one. */
export interface Change {
  readonly path: string;
  /** Git's mode, such as `100644`; undefined for a removed file. */
  readonly mode: string | undefined;
  /** The blob's id; undefined for a removed file. */
  readonly blob: string | undefined;
  /** Mode and blob before the change; undefined for a new file. */
  readonly before: { readonly mode: string; readonly blob: string } | undefined;
}

/** The differences between two revisions, in some paths or everywhere. */
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

/** The mode of a submodule, whose id is a commit of another repository. */
const SUBMODULE = "160000";
const NOT_THERE = "000000";
