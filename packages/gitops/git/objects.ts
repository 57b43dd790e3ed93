/** An object from `git cat-file`. */
export interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

/**
 * Parses the output of `git cat-file --batch -z`, which has for each name `<id> <type> <size>`, a line feed, the
 * content, and a line feed.
 */
export function parseObjects(names: readonly string[], output: Buffer): Map<string, GitObject> {
  const objects = new Map<string, GitObject>();
  let at = 0;
  for (const name of names) {
    // For a missing object Git prints its name, which may contain line feeds.
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

/** The id of a file in a tree object, whose entries are `<mode> <name>`, a zero byte and 20 bytes of id. */
export function fileInTree(tree: Buffer, name: string): string | undefined {
  const wanted = Buffer.from(name);
  for (let at = 0; at < tree.length;) {
    const [space, end] = [tree.indexOf(" ", at), tree.indexOf(0, at)];
    // Files and symbolic links only. The id of a submodule is a commit of another repository.
    const isFile = /^1[02]0/.test(tree.toString("latin1", at, space));
    const next = end + 1 + ID_BYTES;
    if (isFile && tree.subarray(space + 1, end).equals(wanted)) return tree.toString("hex", end + 1, next);
    at = next;
  }
  return undefined;
}

const ID_BYTES = 20;

/** The filter of fetches, which omits file contents. Git fetches them later, only with {@link FETCHES_ON_DEMAND}. */
export const FILTER = "blob:none";

/**
 * Options that let Git fetch omitted objects. Other commands must not: an object that no fetch brought must stay
 * unknown, even if somebody names its id.
 */
export const FETCHES_ON_DEMAND: readonly string[] = [
  ...["-c", "remote.origin.promisor=true"],
  ...["-c", `remote.origin.partialclonefilter=${FILTER}`],
];

/** The arguments of a fetch that reads object ids from standard input, as Git itself runs for a missing file. */
export function fetchOfObjects(remote: string): string[] {
  const nothingElse = ["--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--no-auto-maintenance"];
  const options = ["--quiet", ...nothingElse, `--filter=${FILTER}`, "--stdin"];
  return ["-c", "fetch.negotiationAlgorithm=noop", "fetch", ...options, remote];
}

/** Fetches objects with few requests: one at a time, and the next one fetches everything requested in the meantime. */
export class FetchQueue {
  private readonly waiting = new Set<string>();
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(private readonly fetch: (ids: readonly string[]) => Promise<unknown>) {}

  /** Resolves once the objects are in the clone. */
  async bring(ids: Iterable<string>): Promise<void> {
    for (const id of ids) this.waiting.add(id);
    if (this.waiting.size > 0) this.next ??= this.after(this.running);
    await this.next;
  }

  private async after(running: Promise<unknown>): Promise<void> {
    await running;
    const ids = [...this.waiting];
    this.waiting.clear();
    this.next = undefined;
    const fetching = this.fetch(ids);
    // Callers that wait for this fetch get its failure; the next callers try again.
    this.running = fetching.catch(() => undefined);
    await fetching;
  }
}
