import { span } from "../durations";
import { html, type Html } from "../html";

/** An event on a plot. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** The page of the event's commit. */
  readonly url: string;
  /** The tooltip. */
  readonly title: string;
  /** Whether it is drawn as a failure, in another shape and colour. */
  readonly failed?: boolean;
}

export interface PlotOptions {
  readonly x: Scale;
  readonly y: Scale;
  readonly points: readonly Point[];
  /** The points of a line behind the other points. Default: none. */
  readonly line?: readonly Pick<Point, "x" | "y">[];
  /** A value to mark with a line, such as the median. Default: none. */
  readonly level?: number | undefined;
  /** Half of a point's width. Default: 4. */
  readonly radius?: number;
}

const [WIDTH, HEIGHT] = [400, 190];

/** The area inside the axes. */
export const area: { readonly x: Range; readonly y: Range } = { x: [52, WIDTH - 14], y: [HEIGHT - 26, 14] };

/** Draws a plot, hidden from screen readers because the table beside it has the same data. */
export function plot({ x, y, points, line = [], level, radius = 4 }: PlotOptions): Html {
  const [left, right] = area.x;
  const [bottom] = area.y;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
    ${y.ticks.map(({ value, label }) => {
      const at = y.place(value);
      return html`<line class="grid" x1="${left}" x2="${right}" y1="${at}" y2="${at}" />
        <text class="tick" x="${left - 6}" y="${at + 4}" text-anchor="end">${label}</text>`;
    })}
    ${x.ticks.map(({ value, label }, index) => {
      const anchor = index === 0 ? "start" : index === x.ticks.length - 1 ? "end" : "middle";
      return html`<text class="tick" x="${x.place(value)}" y="${bottom + 18}" text-anchor="${anchor}">${label}</text>`;
    })}
    ${
      level !== undefined &&
      html`<line class="level" x1="${left}" x2="${right}" y1="${y.place(level)}" y2="${y.place(level)}" />`
    }
    ${
      line.length > 1 &&
      html`<polyline class="curve" points="${line.map((each) => `${x.place(each.x)},${y.place(each.y)}`).join(" ")}" />`
    }
    ${points.map((each) => pointView(each, x.place(each.x), y.place(each.y), radius))}
  </svg>`;
}

function pointView({ url, title, failed = false }: Point, x: number, y: number, radius: number): Html {
  const shape = failed
    ? html`<path class="failed" d="M${x} ${y - radius}L${x + radius} ${y}L${x} ${y + radius}L${x - radius} ${y}Z" />`
    : html`<circle class="point" cx="${x}" cy="${y}" r="${radius}" />`;
  return html`<a href="${url}" tabindex="-1"><title>${title}</title>${shape}</a>`;
}

interface Scale {
  /** The position of a value, in the plot's units. */
  readonly place: (value: number) => number;
  /** The values to mark, with their labels. */
  readonly ticks: readonly { readonly value: number; readonly label: string }[];
}

/** The two ends of an axis, in the plot's units. */
export type Range = readonly [from: number, to: number];

const DAY = 24 * 60 * 60 * 1000;

/** A scale of times in milliseconds, marked at both ends and in the middle. */
export function timeScale([first, last]: Range, range: Range): Scale {
  const end = Math.max(last, first + DAY / 24);
  const isLong = end - first > 2 * DAY;
  const label = (value: number) => {
    const text = new Date(value).toISOString();
    return isLong ? text.slice(0, 10) : text.slice(5, 16).replace("T", " ");
  };
  const ticks = [first, (first + end) / 2, end].map((value) => ({ value, label: label(value) }));
  return { place: linear([first, end], range), ticks };
}

const MARKS = [1, 10, 60, 600, 1800, 3600, 3 * 3600, 8 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600];

/** A logarithmic scale of seconds, on which both minutes and weeks are visible. */
export function durationScale(seconds: readonly number[], range: Range): Scale {
  const [least, most] = [Math.min(...seconds, 3600), Math.max(...seconds, 60)];
  const from = MARKS.findLast((mark) => mark <= least) ?? 1;
  const to = MARKS.find((mark) => mark >= most) ?? most;
  const place = linear([Math.log(from), Math.log(Math.max(to, from * 10))], range);
  const shown = MARKS.filter((mark) => mark >= from && mark <= to);
  const step = Math.ceil(shown.length / 5);
  return {
    place: (value) => place(Math.log(Math.max(value, from))),
    ticks: shown.filter((_, index) => index % step === 0).map((value) => ({ value, label: span(value) })),
  };
}

/** A scale of whole numbers from 0. */
export function countScale(most: number, range: Range): Scale {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((size) => most / size <= 4) ?? Math.ceil(most / 4);
  const top = Math.max(step, Math.ceil(most / step) * step);
  const ticks = Array.from({ length: top / step + 1 }, (_, index) => ({
    value: index * step,
    label: String(index * step),
  }));
  return { place: linear([0, top], range), ticks };
}

/** A scale of ratios, from 0 to 1. */
export function shareScale(range: Range): Scale {
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((value) => ({ value, label: `${value * 100} %` }));
  return { place: linear([0, 1], range), ticks };
}

function linear([from, to]: Range, [start, end]: Range): (value: number) => number {
  return (value) => Math.round((start + ((value - from) / (to - from)) * (end - start)) * 10) / 10;
}
