/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs some work so many times, one after the other. Returns all results. */
export async function repeated<T>(rounds: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < rounds; round++) results.push(await work());
  return results;
}

/** Times that were measured in one run, side by side. */
export interface Figure {
  /** What takes the time, as a phrase. */
  readonly title: string;
  /** Milliseconds, by what was measured. `ours` is this platform, and `floor` the least that the work can take. */
  readonly series: Readonly<Record<string, readonly number[]>>;
  /** What the series are, where {@link SERIES} does not say it. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The series with which the others are compared. Default `floor`; none if there is no floor. */
  readonly baseline?: string;
  /** Milliseconds that `ours` should take at most. */
  readonly goal?: { readonly p50?: number; readonly p95?: number };
}

/** What the usual series are. */
export const SERIES: Readonly<Record<string, string>> = {
  ours: "this platform",
  "stock-webhook": "stock Argo CD with a webhook",
  "poll-15s": "Argo CD with a poll every 15 s",
  stock: "stock Argo CD, which polls",
  floor: "by hand",
};

/** What a part of the bench measured, by the figure's name. */
export interface Part {
  readonly figures: Readonly<Record<string, Figure>>;
  /** What is no time, as Markdown: memory, sizes. */
  readonly notes?: string;
}

/** A series in short, in milliseconds. */
export interface Summary {
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** The number of rounds. */
  readonly n: number;
}

export function summary(times: readonly number[]): Summary {
  const tenths = (share: number) => Math.round(percentile(times, share) * 10) / 10;
  return { p50: tenths(0.5), p95: tenths(0.95), max: tenths(1), n: times.length };
}

/** The smallest value that so large a share of the values does not exceed: 0.5 for the median. */
function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
