import PQueue from "p-queue";

/**
 * Maps things with limited concurrency. The results are in the same order.
 * @param most The maximum number of things at a time.
 * @throws the first error; the other calls continue.
 */
export function mapAtOnce<T, R>(things: readonly T[], most: number, work: (thing: T) => Promise<R>): Promise<R[]> {
  return new PQueue({ concurrency: most }).addAll(things.map((thing) => () => work(thing)));
}
