import { type Git, GitError } from "./git";
import { isObjectName, isRefName, ZERO } from "./ref-names";

/** A ref and the object that it points at. */
export interface Ref {
  /** Full name: refs/heads/main. */
  name: string;
  /** Object name. */
  sha: string;
  /** Type of that object: commit, or tag for an annotated tag. */
  type: string;
}

/** The ref was not where the caller expected it, or another process is moving it. */
export class RefConflict extends Error {}

/**
 * All refs whose names start with a prefix, sorted by name. The prefix is compared as a string: refs/heads/env matches
 * refs/heads/env/prod and refs/heads/envy.
 */
export async function listRefs(git: Git, prefix: string): Promise<Ref[]> {
  const folder = prefix.slice(0, prefix.lastIndexOf("/") + 1);
  const output = await git.run(["for-each-ref", "--format=%(refname)%00%(objectname)%00%(objecttype)", folder]);
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const [name = "", sha = "", type = ""] = line.split("\0");
      return { name, sha, type };
    })
    .filter((ref) => ref.name.startsWith(prefix));
}

/** All tags that point at a commit, directly or not, by their short names, with that commit's name. */
export async function listTags(git: Git): Promise<{ name: string; sha: string }[]> {
  const format = "%(refname:lstrip=2)%00%(objectname)%00%(objecttype)%00%(*objectname)%00%(*objecttype)";
  const output = await git.run(["for-each-ref", `--format=${format}`, "refs/tags/"]);
  return output.split("\n").flatMap((line) => {
    const [name = "", object = "", type = "", peeled = "", peeledType = ""] = line.split("\0");
    const sha = type === "commit" ? object : peeledType === "commit" ? peeled : undefined;
    return sha === undefined ? [] : [{ name, sha }];
  });
}

/** A ref by its full name. */
export async function readRef(git: Git, name: string): Promise<Ref | undefined> {
  if (!isRefName(name)) return undefined;
  return (await listRefs(git, name)).find((ref) => ref.name === name);
}

/**
 * The commit of a branch, a tag, a full ref or a commit name (complete, or at least 7 digits of it); undefined if there
 * is none. A branch takes precedence over a tag of the same name, as on GitHub.
 */
export async function resolveCommit(git: Git, revision: string): Promise<string | undefined> {
  const candidates: string[] = [];
  if (isRefName(revision)) {
    candidates.push(`refs/heads/${revision}`, `refs/tags/${revision}`);
    if (revision.startsWith("refs/")) candidates.push(revision);
    if (/^(heads|tags)\//.test(revision)) candidates.push(`refs/${revision}`);
  }
  if (isObjectName(revision)) candidates.unshift(revision);
  else if (/^[0-9a-f]{7,39}$/.test(revision)) candidates.push(revision);
  if (candidates.length === 0) return undefined;
  const output = await git.run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], {
    input: candidates.map((candidate) => `${candidate}^{commit}\n`).join(""),
  });
  const found = output.split("\n").find((line) => line.endsWith(" commit"));
  return found?.split(" ")[0];
}

/**
 * Moves, creates (`before` is ZERO) or deletes (`after` is ZERO) a ref if it is still at `before`. Throws RefConflict
 * if it is not. This does not evaluate the rules: only domain/ref-updates.ts and git's own hooks may call it.
 */
export async function moveRef(git: Git, name: string, before: string, after: string): Promise<void> {
  const args = after === ZERO ? ["update-ref", "-d", name, before] : ["update-ref", name, after, before];
  try {
    await git.run(args);
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    const moved = /is at ([0-9a-f]{40}) but expected ([0-9a-f]{40})/.exec(error.message);
    if (moved) throw new RefConflict(moved[0]);
    if (/reference already exists|unable to resolve reference|\.lock': File exists/i.test(error.message)) {
      throw new RefConflict(`${name} was changed by another request`);
    }
    throw error;
  }
}

/** Whether one commit is an ancestor of another, or the same. */
export async function isAncestor(git: Git, ancestor: string, descendant: string): Promise<boolean> {
  return (await git.query(["merge-base", "--is-ancestor", ancestor, descendant])) !== undefined;
}
