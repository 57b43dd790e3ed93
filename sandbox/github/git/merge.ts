import { type CommitText, writeCommit } from "./write-commit";
import { type Git, GitError } from "./git";
import { readCommits, type Signature } from "./commits";

/**
 * The tree that a merge of two commits makes, or undefined where they conflict. Nothing is checked out and no ref
 * moves.
 */
export async function mergeTree(git: Git, ours: string, theirs: string): Promise<string | undefined> {
  const output = await git.query(["merge-tree", "--write-tree", "--no-messages", ours, theirs]);
  return output?.split("\n")[0];
}

/** A merge commit with two parents, or undefined where the branches conflict. */
export async function mergeCommit(git: Git, base: string, head: string, text: CommitText): Promise<string | undefined> {
  const tree = await mergeTree(git, base, head);
  return tree === undefined ? undefined : writeCommit(git, tree, [base, head], text);
}

/** All changes of a branch as one commit, or undefined where they conflict. */
export async function squash(git: Git, base: string, head: string, text: CommitText): Promise<string | undefined> {
  const tree = await mergeTree(git, base, head);
  return tree === undefined ? undefined : writeCommit(git, tree, [base], text);
}

/**
 * A branch's commits once more on top of another, with their own authors, or undefined where one conflicts. Merge
 * commits among them are left out, as by git-rebase(1).
 */
export async function rebase(git: Git, base: string, head: string, committer: Signature): Promise<string | undefined> {
  const commits = await readCommits(git, ["--reverse", "--no-merges", head, "--not", base]);
  let tip = base;
  for (const commit of commits) {
    const [parent] = commit.parents;
    if (parent === undefined) return undefined;
    // merge-tree takes the merge base from the history: a commit with the tip's tree on the picked commit's parent
    // makes that parent the merge base. (--merge-base would say so directly, from git 2.40 on.)
    const { author, message } = commit;
    const stand = await writeCommit(git, `${tip}^{tree}`, [parent], { message: "", author, committer });
    const tree = await mergeTree(git, stand, commit.sha);
    if (tree === undefined) return undefined;
    tip = await writeCommit(git, tree, [tip], { message, author, committer });
  }
  return tip;
}

/** Whether git is new enough for merges without a checkout. Throws a message that says what to do where it is not. */
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
