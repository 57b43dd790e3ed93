import type { Deployment } from "../history/deployment";
import type { Samples } from "../history/samples";

const DAY = 24 * 60 * 60 * 1000;

/** Deployments of one stretch of time. */
export interface Period {
  /** Its middle, in milliseconds. */
  readonly middle: number;
  /** Oldest first. */
  readonly deployments: readonly Deployment[];
}

/** How many days a period has, so that there are at most 30: a day, a week, or four weeks. */
export function periodDays(from: number, to: number): number {
  return [1, 7, 28].find((days) => (to - from) / (days * DAY) <= 30) ?? 91;
}

/** The deployments by periods; those without any are not in it. @param counted Newest first. */
export function periods(counted: readonly Deployment[], from: number, days: number): Period[] {
  const byPeriod = Map.groupBy(counted.toReversed(), ({ at }) => Math.floor((Date.parse(at) - from) / (days * DAY)));
  return [...byPeriod].map(([index, deployments]) => ({ middle: from + (index + 0.5) * days * DAY, deployments }));
}

/** So many deployments are looked back upon for a rate. */
export const WINDOW = 20;

/** After each deployment the part of the last {@link WINDOW} that was rolled back, oldest first. */
export function failureRates({ counted, failures }: Pick<Samples, "counted" | "failures">): {
  readonly deployment: Deployment;
  readonly rate: number;
  readonly failed: boolean;
}[] {
  const failed = new Set(failures.map((failure) => failure.failed));
  const oldestFirst = counted.toReversed();
  return oldestFirst.map((deployment, index) => {
    const window = oldestFirst.slice(Math.max(0, index + 1 - WINDOW), index + 1);
    return {
      deployment,
      rate: window.filter((each) => failed.has(each)).length / window.length,
      failed: failed.has(deployment),
    };
  });
}
