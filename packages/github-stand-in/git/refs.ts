import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Git, GitError } from "./git";
import { findObject } from "./objects";
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
  const sha = isRefName(name) ? await readRefFile(git, name) : undefined;
  if (sha === undefined) return undefined;
  // Git lets a branch point at nothing but a commit.
  const type = name.startsWith("refs/heads/") ? "commit" : (await findObject(git, sha))?.type;
  return type === undefined ? undefined : { name, sha, type };
}

/** The object of a ref, from git's files: a file for each ref, otherwise a line of packed-refs. Needs no process. */
async function readRefFile(git: Git, name: string): Promise<string | undefined> {
  const loose = (await textOf(join(git.dir, name)))?.trimEnd();
  if (loose !== undefined && isObjectName(loose)) return loose;
  const packed = (await textOf(join(git.dir, "packed-refs")))?.split("\n");
  return packed?.find((line) => line.slice(41) === name)?.slice(0, 40);
}

/** A file's text; undefined if there is none of that name. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (NO_FILE.includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

const NO_FILE = ["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG"];

/**
 * The commit of a branch, a tag, a full ref or a commit name (complete, or at least 7 digits of it); undefined if there
 * is none. A branch takes precedence over a tag of the same name, as on GitHub.
 */
export async function resolveCommit(git: Git, revision: string): Promise<string | undefined> {
  const refs = [`refs/heads/${revision}`, `refs/tags/${revision}`];
  if (revision.startsWith("refs/")) refs.push(revision);
  if (/^(heads|tags)\//.test(revision)) refs.push(`refs/${revision}`);
  const commitOf = async (object: string | undefined) =>
    object === undefined ? undefined : findObject(git, `${object}^{commit}`);
  const named = isObjectName(revision) ? await commitOf(revision) : undefined;
  if (named) return named.sha;
  for (const ref of refs.filter(isRefName)) {
    const found = await commitOf(await readRefFile(git, ref));
    if (found) return found.sha;
  }
  return /^[0-9a-f]{7,39}$/.test(revision) ? (await commitOf(revision))?.sha : undefined;
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
