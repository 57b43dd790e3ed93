import type { FileChange } from "./commits";
import type { Git } from "./git";

/** The empty tree, to compare a first commit with. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** Lines added and removed in each changed file between two commits (or since the empty tree). Binary files count 0. */
export async function lineCounts(
  git: Git,
  from: string | undefined,
  to: string,
): Promise<Map<string, { additions: number; deletions: number }>> {
  const output = await git.run(["diff-tree", "-r", "-z", "--no-renames", "--numstat", from ?? EMPTY_TREE, to]);
  const lines = output.split("\0").filter((line) => line !== "");
  return new Map(
    lines.map((line) => {
      const [added = "", removed = "", path = ""] = line.split("\t");
      return [path, { additions: Number(added) || 0, deletions: Number(removed) || 0 }];
    }),
  );
}

/** The files that differ between two commits. */
export async function changedFiles(git: Git, from: string, to: string): Promise<FileChange[]> {
  return parseDiff(await rawDiff(git, from, to));
}

/** The files that differ between two commits with the modes and objects of both, in git's raw format. */
export function rawDiff(git: Git, from: string, to: string): Promise<string> {
  return git.run(["diff-tree", "-r", "-z", "--no-renames", "--no-abbrev", from, to]);
}

/** Parses git's raw diff format. */
export function parseDiff(raw: string): FileChange[] {
  const tokens = raw.split("\0");
  const changes: FileChange[] = [];
  for (let index = 0; index + 1 < tokens.length; index += 2) {
    const [, , beforeSha = "", sha = "", letter = ""] = (tokens[index] ?? "").split(" ");
    const status = letter === "A" ? "added" : letter === "D" ? "removed" : "modified";
    changes.push({ status, path: tokens[index + 1] ?? "", beforeSha, sha });
  }
  return changes;
}
