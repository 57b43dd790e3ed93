import type { Clone } from "./clone";

/** What a branch's first-parent commit made of a file. */
export interface Version {
  readonly commit: string;
  /** The file's blob after it; undefined where it removed the file. */
  readonly blob: string | undefined;
}

/** The first-parent commits of a branch that changed a file, newest first. A pull request is one of them. */
export async function pathHistory(clone: Clone, branch: string, path: string): Promise<Version[]> {
  const format = ["--format=%x01%H", "--raw", "--no-abbrev", "--no-renames", "--diff-merges=first-parent"];
  const output = await clone.git("log", "--first-parent", ...format, branch, "--", path);
  return [...output.matchAll(/\x01([0-9a-f]+)\s+:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+)/g)].map(
    ([, commit = "", mode, blob]) => ({ commit, blob: mode === "000000" ? undefined : blob }),
  );
}

/**
 * The commits on `main` that turned a file from what an environment's branch has into what a release brings, newest
 * first: from the newest one that has the release's content back to, and without, the newest one before it that has the
 * environment's. Where `main` never had the environment's content, because it was released by hand, what the
 * environment had before that counts. Empty where `main` never had the release's content.
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
