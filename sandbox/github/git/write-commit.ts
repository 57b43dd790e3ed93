import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type Signature } from "./commits";
import { type Git } from "./git";
import { ZERO } from "./ref-names";

/** A file to write, or to delete where there is neither `content` nor `sha`. */
export interface FileEdit {
  path: string;
  /** The bytes to write. */
  content?: Uint8Array;
  /** Or the name of a blob that is there. */
  sha?: string;
  /** Default: the file's present mode; 100644 where it is new. */
  mode?: string;
}

/** What a new commit says beside its tree. */
export interface CommitText {
  message: string;
  author: Signature;
  committer: Signature;
}

/** Write a commit of a tree that exists, and return its name. No ref moves. */
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
 * Write the tree that some file edits make out of a commit's (or out of nothing), and return its name.
 * A file keeps its mode; a new one is an ordinary file. A file in the place of a folder, or the other way round,
 * replaces it.
 */
export async function writeTree(git: Git, parent: string | undefined, edits: FileEdit[]): Promise<string> {
  const index = join(git.dir, `edit-${randomUUID()}.index`);
  const scratch = git.with({ GIT_INDEX_FILE: index });
  try {
    const start = scratch.run(parent === undefined ? ["read-tree", "--empty"] : ["read-tree", parent]);
    const blobs = edits.map(({ content, sha }) =>
      content ? git.run(["hash-object", "-w", "--stdin"], { input: content }) : Promise.resolve(sha ?? ZERO),
    );
    const [shas] = await Promise.all([Promise.all(blobs), start]);
    const modes = await fileModes(scratch, edits);
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
