/** An object, as `git cat-file` gives it. */
export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

/**
 * The answers of `git cat-file --batch -z`, in the order of the questions: `<id> <type> <bytes>`, a line end, the
 * content, a line end.
 */
export function parseObjects(names: readonly string[], output: Buffer): Map<string, GitObject> {
  const objects = new Map<string, GitObject>();
  let at = 0;
  for (const name of names) {
    // A name may have line ends, and what there is none of is answered with its name.
    const absent = ABSENT.map((word) => Buffer.from(`${name} ${word}\n`)).find((answer) =>
      output.subarray(at, at + answer.length).equals(answer),
    );
    if (absent) {
      at += absent.length;
      continue;
    }
    const end = output.indexOf("\n", at);
    const [, type, length] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("utf8", at, end)) ?? [];
    if (type === undefined) throw new Error(`git cat-file: no answer about ${JSON.stringify(name)}`);
    at = end + 1 + Number(length);
    objects.set(name, { type, content: output.subarray(end + 1, at) });
    at += 1;
  }
  return objects;
}

const ABSENT = ["missing", "ambiguous"];

/** The id of a file in a tree's content: `<mode> <name>`, a zero byte and 20 bytes of id, entry after entry. */
export function fileInTree(tree: Buffer, name: string): string | undefined {
  const wanted = Buffer.from(name);
  for (let at = 0; at < tree.length;) {
    const [space, end] = [tree.indexOf(" ", at), tree.indexOf(0, at)];
    // A file or a symbolic link. A submodule's id is a commit of another repository.
    const isFile = /^1[02]0/.test(tree.toString("latin1", at, space));
    const next = end + 1 + ID_BYTES;
    if (isFile && tree.subarray(space + 1, end).equals(wanted)) return tree.toString("hex", end + 1, next);
    at = next;
  }
  return undefined;
}

const ID_BYTES = 20;
