import { setTimeout as sleep } from "node:timers/promises";
import { RequestError } from "@octokit/request-error";
import { Failure } from "@gitops-platform/contract/failure";
import type { Clone } from "../git/clone";
import { commitTree, type NewCommit } from "../git/commits";
import { personalSigning } from "@gitops-platform/clients/git/environment";
import { GitFailure } from "../git/run-git";
import type { Session } from "../session";

/** The size in bytes from which a file is sent by its own request. */
const INLINE_LIMIT = 500_000;

/**
 * Creates a commit by the command's actor, and returns its id. The commit is in the clone then, but on no branch.
 * GitHub creates an App's commits, because it signs them. A person's are signed if their Git signs every commit.
 * @throws {Failure} if GitHub's tree differs from ours, or the person's Git cannot sign.
 */
export async function makeCommit(session: Session, commit: NewCommit): Promise<string> {
  const { identity } = await session.actor();
  if (session.bot !== undefined) return commitByApi(session, commit);
  return commitTree(session.clone, commit, identity, await personalSigning(process.cwd()));
}

/** A new text for a file that exists. */
export interface FileCommit {
  readonly branch: string;
  /** The branch's newest commit. */
  readonly parent: string;
  readonly path: string;
  readonly text: string;
  readonly message: string;
}

/**
 * Changes one file on a branch by one of GitHub's limited writes, where {@link makeCommit} takes two. GitHub signs the
 * commit. It is not in the clone.
 * @returns the commit's id; undefined if the branch was changed or deleted in the meantime.
 */
export async function commitFile(session: Session, file: FileCommit): Promise<string | undefined> {
  const { clone, github, repository } = session;
  const { branch, parent, path, text, message } = file;
  const sha = (await clone.find(`${parent}:${path}`)) ?? "";
  const content = Buffer.from(text).toString("base64");
  try {
    const request = { ...repository, path, branch, message, content, sha };
    const { data } = await github.rest.repos.createOrUpdateFileContents(request);
    // GitHub compares the file, not the branch.
    return data.commit.parents?.[0]?.sha === parent ? data.commit.sha : undefined;
  } catch (error) {
    if (!(error instanceof RequestError) || ![404, 409].includes(error.status)) throw error;
    // A rule's refusal has the status of a conflict.
    if (/rule violation/i.test(error.message)) throw new Failure(`${branch}: ${error.message}`);
    return undefined;
  }
}

async function commitByApi(session: Session, { tree, parents, message }: NewCommit): Promise<string> {
  const { clone, github, repository } = session;
  const [base] = parents;
  const entries = await treeEntries(session, base, tree);
  if (entries.length > 0) {
    const base_tree = await clone.git("rev-parse", `${base}^{tree}`);
    const { data } = await github.rest.git.createTree({ ...repository, base_tree, tree: entries });
    if (data.sha !== tree) {
      const what = `got the tree ${data.sha} from GitHub; expected ${tree}, which was made here`;
      throw new Failure(`commit: ${what}. Run it again; if that does not help, report it.`);
    }
  }
  // GitHub signs no commit for which somebody names its author or committer.
  const { data } = await github.rest.git.createCommit({ ...repository, tree, parents: [...parents], message });
  await fetchNew(clone, data.sha);
  return data.sha;
}

/** GitHub's Git servers may know a commit a moment after its API has made it. */
async function fetchNew(clone: Clone, commit: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await clone.fetch(commit);
      return;
    } catch (error) {
      if (!(error instanceof GitFailure) || attempt === FETCHES) throw error;
      await sleep(1000);
    }
  }
}

const FETCHES = 4;

/** A file of a new tree: with its content, with the id of a blob on GitHub, or with null to delete it. */
interface TreeEntry {
  path: string;
  mode: "100644" | "100755" | "120000";
  type: "blob";
  content?: string;
  sha?: string | null;
}

/** The entries that turn one tree into another. */
async function treeEntries({ clone, github, repository }: Session, from: string, to: string): Promise<TreeEntry[]> {
  const changes = await readChanges(clone, from, to);
  const contents = await clone.readBytes(changes.map(({ id }) => id).filter((id) => id !== undefined));
  const entries: TreeEntry[] = [];
  for (const { path, mode, id } of changes) {
    const bytes = contents.get(id ?? "");
    const text = bytes && bytes.length <= INLINE_LIMIT ? textOf(bytes) : undefined;
    if (text !== undefined) {
      entries.push({ path, mode, type: "blob", content: text });
    } else if (bytes) {
      const content = bytes.toString("base64");
      const { data } = await github.rest.git.createBlob({ ...repository, content, encoding: "base64" });
      entries.push({ path, mode, type: "blob", sha: data.sha });
    } else {
      entries.push({ path, mode, type: "blob", sha: null });
    }
  }
  return entries;
}

interface TreeChange extends Pick<TreeEntry, "path" | "mode"> {
  /** The new blob; undefined for a deleted file. */
  readonly id: string | undefined;
}

async function readChanges(clone: Clone, from: string, to: string): Promise<TreeChange[]> {
  const output = await clone.git("diff-tree", "-r", "-z", "--no-renames", from, to);
  // `:<old mode> <mode> <old blob> <blob> <status>`, then the path.
  const lines = output.matchAll(/:(\d+) (\d+) [0-9a-f]+ ([0-9a-f]+) ([A-Z])\0([^\0]+)\0/g);
  return [...lines].map(([, before = "", after = "", id = "", status = "", path = ""]) => {
    const isDeleted = status === "D";
    return { path, mode: (isDeleted ? before : after) as TreeEntry["mode"], id: isDeleted ? undefined : id };
  });
}

/** Undefined unless the bytes are UTF-8, which JSON can contain. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
