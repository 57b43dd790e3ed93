import { span } from "../durations";
import { imageChange } from "../display";
import type { Deployment } from "../history/deployment";
import { median, type Samples } from "../history/metrics";
import type { Content } from "../html";
import {
  area,
  countScale,
  durationScale,
  type PlotOptions,
  type Point,
  type Range,
  shareScale,
  timeScale,
} from "./plot";

/** One of the four plots of an environment. */
export interface Figure {
  readonly title: string;
  readonly caption: string;
  readonly plot: PlotOptions;
  /** The same data as a table, for screen readers. */
  readonly table: {
    readonly value: string;
    readonly rows: readonly (readonly [deployment: Deployment, value: Content])[];
  };
}

export interface Drawn {
  readonly samples: Samples;
  /** The period, in milliseconds. */
  readonly time: Range;
  /** Returns the page of a commit. */
  readonly page: (commit: string) => string;
}

export function figures(drawn: Drawn): Figure[] {
  return [frequency(drawn), leadTime(drawn), failureRate(drawn), restore(drawn)];
}

function frequency({ samples: { counted, failures }, time, page }: Drawn): Figure {
  const days = periodDays(...time);
  const failed = new Set(failures.map((failure) => failure.failed));
  const all = periods(counted, time[0], days);
  const most = Math.max(1, ...all.map(({ deployments }) => deployments.length));
  const points = all.flatMap(({ middle, deployments }) =>
    deployments.map((each, index) => ({
      ...point(each, page, failed.has(each) ? "rolled back later" : ""),
      ...{ x: middle, y: index + 0.5, failed: failed.has(each) },
    })),
  );
  const [bottom, top] = area.y;
  const radius = Math.min(5, Math.max(1, (bottom - top) / most / 2 - 0.5));
  const name = days === 1 ? "day" : days === 7 ? "week" : `${days / 7} weeks`;
  return {
    title: "Deployment frequency",
    caption: `${counted.length} new versions; one dot each, stacked by ${name}. Diamonds were rolled back later.`,
    plot: { x: timeScale(time, area.x), y: countScale(most, area.y), points, radius },
    table: { value: "Outcome", rows: counted.map((each) => [each, failed.has(each) ? "rolled back later" : "stayed"]) },
  };
}

function leadTime({ samples: { leadTimes }, time, page }: Drawn): Figure {
  const seconds = leadTimes.map((each) => each.seconds);
  const points = leadTimes.map(({ deployment, seconds: y }) => ({ ...point(deployment, page, `after ${span(y)}`), y }));
  return {
    title: "Lead time",
    caption: `From the first environment to here: ${middle(seconds)}.`,
    plot: {
      x: timeScale(time, area.x),
      y: durationScale(seconds, area.y),
      points,
      level: median(seconds) ?? undefined,
    },
    table: { value: "Lead time", rows: leadTimes.map(({ deployment, seconds: y }) => [deployment, span(y)]) },
  };
}

function failureRate({ samples, time, page }: Drawn): Figure {
  const rates = failureRates(samples);
  const { counted, failures } = samples;
  const percent = (rate: number) => `${Math.round(rate * 100)} %`;
  const on = rates.map(({ deployment, rate }) => ({ x: Date.parse(deployment.at), y: rate }));
  const points = rates
    .filter(({ failed }) => failed)
    .map(({ deployment, rate }) => ({ ...point(deployment, page, "rolled back"), y: rate, failed: true }));
  const whole = counted.length === 0 ? "nothing was deployed" : `${percent(failures.length / counted.length)} in all`;
  return {
    title: "Change-failure rate",
    caption: `The part of the last ${WINDOW} new versions that was rolled back: ${whole}. Diamonds mark them.`,
    plot: { x: timeScale(time, area.x), y: shareScale(area.y), points, line: on },
    table: {
      value: `Of the last ${WINDOW}`,
      rows: rates
        .toReversed()
        .map(({ deployment, rate, failed }) => [deployment, `${percent(rate)}${failed ? ", rolled back" : ""}`]),
    },
  };
}

function restore({ samples: { failures }, time, page }: Drawn): Figure {
  const seconds = failures.map((each) => each.seconds);
  const points = failures.map(({ rollback, seconds: y }) => ({ ...point(rollback, page, `after ${span(y)}`), y }));
  return {
    title: "Time to restore",
    caption: `From a version that was rolled back to its rollback: ${middle(seconds)}.`,
    plot: {
      x: timeScale(time, area.x),
      y: durationScale(seconds, area.y),
      points,
      level: median(seconds) ?? undefined,
    },
    table: { value: "Restored after", rows: failures.map(({ rollback, seconds: y }) => [rollback, span(y)]) },
  };
}

function point({ at, commit, service, from, to }: Deployment, page: Drawn["page"], more: string): Point {
  const what = `${service ?? ""} ${imageChange(from, to)}, ${at.slice(0, 16).replace("T", " ")} UTC`;
  return { x: Date.parse(at), y: 0, url: page(commit), title: more === "" ? what : `${what}, ${more}` };
}

function middle(seconds: readonly number[]): string {
  const value = median(seconds);
  return value === null ? "nothing to measure yet" : `${span(value)} in the median, the broken line`;
}

const DAY = 24 * 60 * 60 * 1000;

/** The deployments of one part of the period. */
export interface Period {
  /** Its middle, in milliseconds. */
  readonly middle: number;
  /** Oldest first. */
  readonly deployments: readonly Deployment[];
}

/** The number of days of one part, so that there are at most 30 parts: a day, a week, or four weeks. */
export function periodDays(from: number, to: number): number {
  return [1, 7, 28].find((days) => (to - from) / (days * DAY) <= 30) ?? 91;
}

/** The parts that have deployments. @param counted newest first */
export function periods(counted: readonly Deployment[], from: number, days: number): Period[] {
  const byPeriod = Map.groupBy(counted.toReversed(), ({ at }) => Math.floor((Date.parse(at) - from) / (days * DAY)));
  return [...byPeriod].map(([index, deployments]) => ({ middle: from + (index + 0.5) * days * DAY, deployments }));
}

/** The number of deployments from which a rate is computed. */
const WINDOW = 20;

/** For each deployment, the part of the last {@link WINDOW} that was rolled back, oldest first. */
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
