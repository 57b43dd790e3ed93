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
