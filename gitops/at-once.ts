import PQueue from "p-queue";

/**
 * What some work makes of each of many things, in their order, so many of them side by side at most.
 * @throws what the first that failed threw; the others go on.
 */
export function mapAtOnce<T, R>(things: readonly T[], most: number, work: (thing: T) => Promise<R>): Promise<R[]> {
  return new PQueue({ concurrency: most }).addAll(things.map((thing) => () => work(thing)));
}
