/** The value that so much of them is at most: 0.5 for the median. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** What was measured: milliseconds, and those of what it is compared with in the same run. */
export interface Series {
  what: string;
  times: readonly number[];
  beside?: readonly number[];
}

/** A Markdown table of times in seconds; the last column is the ratio of the medians. */
export function table(rows: readonly Series[]): string {
  return markdown(
    ["what", "rounds", "p50", "p95", "max", "p50 ÷ compared"],
    rows.map(({ what, times, beside }) => [
      what,
      String(times.length),
      ...[0.5, 0.95, 1].map((share) => seconds(percentile(times, share))),
      beside === undefined ? "" : `${(percentile(times, 0.5) / percentile(beside, 0.5)).toFixed(1)}×`,
    ]),
  );
}

/** A Markdown table. */
export function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Milliseconds as seconds. */
export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(2)} s`;
}

/** Milliseconds that some work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Runs some work so many times, one after the other, and gives what each came to. */
export async function repeated<T>(rounds: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < rounds; round++) results.push(await work());
  return results;
}
