import type { Clone } from "../git/clone";
import { Failure } from "../failure";
import { GitFailure } from "../git/run-git";
import { type Image, readImage, sameVersion } from "../values/image";

/** A version that an environment had, and how it came. */
export interface PastVersion extends Image {
  /** The first-parent commit that brought it. */
  readonly commit: string;
  /** The values file's text in that commit. */
  readonly text: string;
}

/** So many changes of a values file are looked back upon. */
const MEMORY = 100;

/**
 * The versions that a values file had on a branch, newest first, by the branch's first parents: one merged pull request
 * is one step. Changes that leave the version as it is are passed over, and so are texts of former times that nobody
 * could read today.
 */
export async function pastVersions(clone: Clone, branch: string, path: string): Promise<PastVersion[]> {
  const log = ["log", "--first-parent", `--max-count=${MEMORY}`, "--format=%H", branch, "--", path];
  const commits = (await clone.git(...log)).split("\n").filter((commit) => commit !== "");
  await clone.prefetch(commits.map((commit) => `${commit}:${path}`));
  const versions: PastVersion[] = [];
  for (const commit of commits) {
    const past = await versionOf(clone, commit, path);
    if (!past) continue;
    // The same version, and older: this commit brought it.
    if (versions.length > 0 && sameVersion(versions[versions.length - 1] ?? past, past)) versions.pop();
    versions.push(past);
  }
  return versions;
}

async function versionOf(clone: Clone, commit: string, path: string): Promise<PastVersion | undefined> {
  try {
    const text = await clone.read(commit, path);
    return text === undefined ? undefined : { ...readImage(text, path), commit, text };
  } catch (error) {
    // A file that cannot be read is no version to go back to. A fetch that failed says nothing of the file.
    if (error instanceof GitFailure || !(error instanceof Failure)) throw error;
    return undefined;
  }
}
