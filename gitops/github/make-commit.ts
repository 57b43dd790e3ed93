import { Failure } from "../errors";
import type { Clone } from "../git/clone";
import { commitTree, type NewCommit } from "../git/commits";
import { personalSigning } from "../git/environment";
import type { Session } from "../session";

/** Longer files, in bytes, are sent by a request of their own. */
const INLINE_LIMIT = 500_000;

/**
 * Makes a commit, in the name of who runs the command, and returns its id. It is in the clone then, and no branch has
 * it. GitHub makes those of an App, because it signs them; a person's are signed if their Git signs every commit.
 * @param isByApi Whether GitHub makes an App's commit, by two of the writes that it limits. Default: yes.
 * @throws {Failure} where GitHub makes another tree of it, or the person's Git cannot sign.
 */
export async function makeCommit(session: Session, commit: NewCommit, { isByApi = true } = {}): Promise<string> {
  const { identity, bot } = await session.who();
  if (bot === undefined) return commitTree(session.clone, commit, identity, await personalSigning(process.cwd()));
  return isByApi ? commitByApi(session, commit) : commitTree(session.clone, commit, identity);
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
  await clone.fetch(data.sha);
  return data.sha;
}

/** A file of a new tree: with its content, with the id of what GitHub has already, or with null to delete it. */
interface TreeEntry {
  path: string;
  mode: "100644" | "100755" | "120000";
  type: "blob";
  content?: string;
  sha?: string | null;
}

/** What makes one tree of another. */
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
  /** The new content; undefined: the file is deleted. */
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

/** Undefined where the bytes are no text that JSON carries as it is. */
function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString("utf8");
  return Buffer.from(text).equals(bytes) ? text : undefined;
}
