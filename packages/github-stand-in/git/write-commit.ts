import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Signature } from "./commits";
import { type Git } from "./git";
import { ZERO } from "./ref-names";

/** A file to write, or to delete if neither `content` nor `sha` is set. */
export interface FileEdit {
  path: string;
  /** The bytes to write. */
  content?: Uint8Array;
  /** The name of an existing blob, instead of `content`. */
  sha?: string;
  /** Default: the file's current mode; 100644 for a new file. */
  mode?: string;
}

/** The message, author and committer of a new commit. */
export interface CommitText {
  message: string;
  author: Signature;
  committer: Signature;
}

/** Creates a commit of an existing tree, and returns its name. Moves no ref. */
export async function writeCommit(git: Git, tree: string, parents: string[], text: CommitText): Promise<string> {
  const { author, committer } = text;
  return git.run(["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])], {
    input: text.message,
    env: {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: author.date,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: committer.date,
    },
  });
}

/**
 * Creates the tree that results from applying file edits to a commit (or to an empty tree), and returns its name. A
 * file keeps its mode; a new one is a regular file. A file replaces a folder of the same path, and the reverse.
 */
export async function writeTree(git: Git, parent: string | undefined, edits: FileEdit[]): Promise<string> {
  const index = join(git.dir, `edit-${randomUUID()}.index`);
  const scratch = git.with({ GIT_INDEX_FILE: index });
  try {
    // Without a parent there is no index, which git takes for an empty one.
    const start = parent === undefined ? undefined : scratch.run(["read-tree", parent]);
    const blobs = edits.map(({ content, sha }) =>
      content ? git.run(["hash-object", "-w", "--stdin"], { input: content }) : Promise.resolve(sha ?? ZERO),
    );
    const [shas] = await Promise.all([Promise.all(blobs), start]);
    const modes = parent === undefined ? new Map<string, string>() : await fileModes(scratch, edits);
    const lines = edits.map((edit, at) => {
      const sha = shas[at] ?? ZERO;
      const mode = sha === ZERO ? "0" : (edit.mode ?? modes.get(edit.path) ?? "100644");
      return `${mode} ${sha}\t${edit.path}\0`;
    });
    await scratch.run(["update-index", "-z", "--index-info"], { input: lines.join("") });
    return await scratch.run(["write-tree"]);
  } finally {
    await rm(index, { force: true });
  }
}

async function fileModes(scratch: Git, edits: FileEdit[]): Promise<Map<string, string>> {
  const listed = await scratch.run(["ls-files", "-z", "-s", "--", ...edits.map((edit) => `:(literal)${edit.path}`)]);
  const entries = listed.split("\0").filter((line) => line !== "");
  return new Map(entries.map((line) => [line.slice(line.indexOf("\t") + 1), line.slice(0, 6)]));
}
