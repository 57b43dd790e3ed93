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

/** What a fetch leaves out: files. Git asks the remote for those that it needs later, and only where it may. */
export const FILTER = "blob:none";

/**
 * Options of a git that may fetch what was left out. No other may: a commit or file that somebody names, and that no
 * fetch brought, stays unknown.
 */
export const FETCHES_ON_DEMAND: readonly string[] = [
  ...["-c", "remote.origin.promisor=true"],
  ...["-c", `remote.origin.partialclonefilter=${FILTER}`],
];

/** Arguments of a fetch of objects whose ids it reads: git's own, which it runs for each file that it needs. */
export function fetchOfObjects(remote: string): string[] {
  const nothingElse = ["--no-tags", "--no-write-fetch-head", "--recurse-submodules=no", "--no-auto-maintenance"];
  const options = ["--quiet", ...nothingElse, `--filter=${FILTER}`, "--stdin"];
  return ["-c", "fetch.negotiationAlgorithm=noop", "fetch", ...options, remote];
}

/**
 * Fetches objects by as few requests as there can be: one at a time, and the next one brings everything that was asked
 * for meanwhile.
 */
export class FetchQueue {
  private readonly waiting = new Set<string>();
  private running: Promise<unknown> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(private readonly fetch: (ids: readonly string[]) => Promise<unknown>) {}

  /** Returns when they are here. */
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
