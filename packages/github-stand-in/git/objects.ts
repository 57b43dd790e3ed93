import { type Git } from "./git";

/** An object's name, type and bytes. */
export interface GitObject {
  sha: string;
  type: string;
  content: Buffer;
}

/** One entry of a tree. */
export interface TreeEntry {
  /** Six octal digits: 100644, 100755, 120000 (symbolic link), 040000 (folder), 160000 (submodule). */
  mode: string;
  type: "blob" | "tree" | "commit";
  sha: string;
  /** Bytes; 0 for everything but blobs. */
  size: number;
  /** Path relative to the listed tree. */
  path: string;
}

/** An object by its name or `<commit>:<path>`, or undefined. */
export async function readObject(git: Git, name: string): Promise<GitObject | undefined> {
  if (name.includes("\n")) return undefined;
  const output = await git.bytes(["cat-file", "--batch"], { input: `${name}\n` });
  const end = output.indexOf("\n");
  const header = /^([0-9a-f]{40}) (\w+) (\d+)$/.exec(output.subarray(0, end).toString());
  if (!header) return undefined;
  const [, sha = "", type = "", size = ""] = header;
  return { sha, type, content: output.subarray(end + 1, end + 1 + Number(size)) };
}

/** Name and type of an object by `<commit>:<path>`, or undefined. Does not read its content. */
export async function findObject(git: Git, name: string): Promise<{ sha: string; type: string } | undefined> {
  if (name.includes("\n")) return undefined;
  const output = await git.run(["cat-file", "--batch-check=%(objectname) %(objecttype)"], { input: `${name}\n` });
  const match = /^([0-9a-f]{40}) (blob|tree|commit|tag)$/.exec(output);
  return match ? { sha: match[1] ?? "", type: match[2] ?? "" } : undefined;
}

/** The entries of a tree; with `recursive` also those of its folders, including the folders themselves. */
export async function listTree(git: Git, tree: string, options: { recursive?: boolean } = {}): Promise<TreeEntry[]> {
  const output = await git.run(["ls-tree", "-z", "-l", ...(options.recursive === true ? ["-r", "-t"] : []), tree]);
  return output
    .split("\0")
    .filter((line) => line !== "")
    .map((line) => {
      const tab = line.indexOf("\t");
      const [mode = "", type = "", sha = "", size = ""] = line.slice(0, tab).split(/ +/);
      return {
        mode,
        type: type as TreeEntry["type"],
        sha,
        size: size === "-" ? 0 : Number(size),
        path: line.slice(tab + 1),
      };
    });
}
