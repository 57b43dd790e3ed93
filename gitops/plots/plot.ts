import { html, type Html } from "../html/html";
import type { Range, Scale } from "./scale";

/** Something that happened, on a plot. */
export interface Point {
  readonly x: number;
  readonly y: number;
  /** The page of the commit that it was. */
  readonly url: string;
  /** What it was, on one line. */
  readonly title: string;
  /** Whether it was bad: drawn in another shape and colour. */
  readonly failed?: boolean;
}

/** What is drawn. */
export interface PlotOptions {
  readonly x: Scale;
  readonly y: Scale;
  readonly points: readonly Point[];
  /** Points of a line behind the others. Default: none. */
  readonly line?: readonly Pick<Point, "x" | "y">[];
  /** A level to mark, such as the median. Default: none. */
  readonly level?: number | undefined;
  /** Half of a point's width. Default: 4. */
  readonly radius?: number;
}

const [WIDTH, HEIGHT] = [400, 190];

/** Where the values go: between the marks of both axes. */
export const area: { readonly x: Range; readonly y: Range } = { x: [52, WIDTH - 14], y: [HEIGHT - 26, 14] };

/** Draws it. A reader that does not see it has the table beside it, so it is left out there. */
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
