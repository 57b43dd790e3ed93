import { type CommitText, writeCommit } from "./write-commit";
import { type Git, GitError } from "./git";
import { readCommits, type Signature } from "./commits";

/** The tree of a merge of two commits, or undefined if they conflict. Checks out nothing and moves no ref. */
export async function mergeTree(git: Git, ours: string, theirs: string): Promise<string | undefined> {
  const output = await git.query(["merge-tree", "--write-tree", "--no-messages", ours, theirs]);
  return output?.split("\n")[0];
}

/** Creates a merge commit with two parents; undefined if the branches conflict. */
export async function mergeCommit(git: Git, base: string, head: string, text: CommitText): Promise<string | undefined> {
  const tree = await mergeTree(git, base, head);
  return tree === undefined ? undefined : writeCommit(git, tree, [base, head], text);
}

/** Creates one commit with all changes of a branch; undefined if the branches conflict. */
export async function squash(git: Git, base: string, head: string, text: CommitText): Promise<string | undefined> {
  const tree = await mergeTree(git, base, head);
  return tree === undefined ? undefined : writeCommit(git, tree, [base], text);
}

/**
 * Copies a branch's commits on top of another, with their authors; undefined if one conflicts. Merge commits are
 * omitted, as by git-rebase(1).
 */
export async function rebase(git: Git, base: string, head: string, committer: Signature): Promise<string | undefined> {
  const commits = await readCommits(git, ["--reverse", "--no-merges", head, "--not", base]);
  let tip = base;
  for (const commit of commits) {
    const [parent] = commit.parents;
    if (parent === undefined) return undefined;
    // merge-tree finds the merge base in the history: a commit with the tip's tree and the picked commit's parent makes
    // that parent the merge base. (git 2.40 has --merge-base for this.)
    const { author, message } = commit;
    const stand = await writeCommit(git, `${tip}^{tree}`, [parent], { message: "", author, committer });
    const tree = await mergeTree(git, stand, commit.sha);
    if (tree === undefined) return undefined;
    tip = await writeCommit(git, tree, [tip], { message, author, committer });
  }
  return tip;
}

/** Throws if git is too old for merges without a checkout. The message contains the fix. */
export async function checkGitVersion(git: Git): Promise<void> {
  const text = await git.run(["version"]).catch((error: unknown) => {
    throw error instanceof GitError
      ? new Error("git: not found; expected git 2.38 or newer on PATH. Install it.")
      : error;
  });
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  if (major < 2 || (major === 2 && minor < 38)) {
    throw new Error(`git: got ${text}; expected version 2.38 or newer. Install a newer git.`);
  }
}
