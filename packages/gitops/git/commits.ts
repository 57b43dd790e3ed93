import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "./clone";
import type { Signing } from "@gitops-platform/clients/git/environment";
import { remoteBranch } from "./refs";
import { GitFailure } from "./run-git";

/** Who a commit is by. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** A commit to make. */
export interface NewCommit {
  /** The tree with its files, which is in the clone. */
  readonly tree: string;
  /** The commits that it stands on. */
  readonly parents: readonly [string, ...string[]];
  readonly message: string;
}

/**
 * The tree of a revision with some of its files changed: path → new text; null deletes the file. Files keep their
 * modes.
 */
export async function withFiles(
  clone: Clone,
  revision: string,
  changes: ReadonlyMap<string, string | null>,
): Promise<string> {
  return withIndex(clone, revision, async (env) => {
    for (const [path, text] of changes) {
      if (text === null) {
        // Mode 0 removes it. Unlike --force-remove this needs no work tree.
        await clone.run(["update-index", "-z", "--index-info"], { env, input: `0 ${"0".repeat(40)}\t${path}\0` });
        continue;
      }
      const blob = await clone.run(["hash-object", "-w", "--stdin"], { input: text });
      const mode = (await clone.run(["ls-files", "--format=%(objectmode)", "--", path], { env })) || "100644";
      await clone.run(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`], { env });
    }
  });
}

/**
 * Creates a commit in a clone, without a work tree, and returns its id.
 * @param signing How to sign it. Default: unsigned.
 * @throws {Failure} if it cannot be signed.
 */
export async function commitTree(
  clone: Clone,
  { tree, parents, message }: NewCommit,
  { name, email }: Identity,
  signing?: Signing,
): Promise<string> {
  const args = ["commit-tree", ...(signing ? ["-S"] : []), tree, ...parents.flatMap((parent) => ["-p", parent])];
  const env = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
  if (!signing) return clone.run(args, { input: message, env });
  const settings = signing.settings.flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  try {
    const options = { input: message, env: { ...env, ...signing.env }, withoutToken: true };
    return await clone.run([...settings, ...args], options);
  } catch (error) {
    if (!(error instanceof GitFailure)) throw error;
    const fix = "Repair what your Git signs with, or turn it off: git config commit.gpgSign false.";
    throw new Failure(`commit.gpgSign: got ${error.message}; expected a signed commit. ${fix}`);
  }
}

/** The tree of a revision with some files or folders taken from another revision. Those missing there are removed. */
export async function carry(clone: Clone, onto: string, from: string, ...paths: string[]): Promise<string> {
  return withIndex(clone, onto, async (env) => {
    const changes = await clone.run(["diff-tree", "-r", "-z", "--no-renames", onto, from, "--", ...paths]);
    // `:<old mode> <mode> <old blob> <blob> <status>`, then the path; mode 0 is a file that is not there any more.
    const entries = changes.replace(/:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) [A-Z]\0([^\0]+)\0/g, "$1 $2\t$3\0");
    await clone.run(["update-index", "-z", "--index-info"], { env, input: entries });
  });
}

/** The tree that some changes of a revision's index make. */
async function withIndex(
  clone: Clone,
  revision: string,
  change: (env: Record<string, string>) => Promise<void>,
): Promise<string> {
  const env = { GIT_INDEX_FILE: join(clone.folder, `index-${crypto.randomUUID()}`) };
  try {
    await clone.run(["read-tree", revision], { env });
    await change(env);
    // Files that nobody read are not here; the remote has them.
    return await clone.run(["write-tree", "--missing-ok"], { env });
  } finally {
    await rm(env.GIT_INDEX_FILE, { force: true });
  }
}

/** Whether a commit is in another's history, or is it. */
export async function isAncestor(clone: Clone, commit: string, of: string): Promise<boolean> {
  return (await clone.git("rev-list", "--max-count=1", commit, "--not", of)) === "";
}

/**
 * The first-parent commit of a revision that brought a commit into it; undefined if the commit is such a commit itself,
 * or is not in the revision.
 */
export async function firstWith(clone: Clone, revision: string, commit: string): Promise<string | undefined> {
  const range = `${commit}..${revision}`;
  const [line, descendants] = await Promise.all([
    clone.git("rev-list", "--first-parent", "--reverse", range),
    clone.git("rev-list", "--ancestry-path", range),
  ]);
  const those = new Set(descendants.split("\n"));
  return line.split("\n").find((id) => id !== "" && those.has(id));
}

/** The tree that a merge of two commits has; undefined where they conflict. Nothing is committed. */
export async function mergedTree(clone: Clone, one: string, other: string): Promise<string | undefined> {
  try {
    return await clone.gitOnDemand("merge-tree", "--write-tree", "--no-messages", one, other);
  } catch (error) {
    // A conflict prints the tree too, with its marks; anything else that went wrong does not.
    if (error instanceof GitFailure && /^[0-9a-f]{40,64}\n/.test(error.output)) return undefined;
    throw error;
  }
}

/** The tip of a branch on the remote, as it was fetched last. Throws {@link Failure} where there is none. */
export async function tipOf(clone: Clone, branch: string): Promise<string> {
  const tip = await clone.resolve(remoteBranch(branch));
  if (tip === undefined)
    throw new Failure(`The repository has no branch ${branch}. Run gitops on a GitOps repository.`);
  return tip;
}
