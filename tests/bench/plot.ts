import { duration } from "./page";
import type { Measurements, RecordedFigure } from "./record";

/** What the picture shows: the times that people wait for. */
const SHOWN: readonly (readonly [part: string, figure: string])[] = [
  ["rivals", "merge-beside-others"],
  ["rivals", "heal-beside-others"],
  ["deliveries", "accepted-merge"],
  ["heals", "heal"],
];

/** Pixels: the picture, the space for labels and for values, a row, and a figure's heading with its scale. */
const [WIDTH, LEFT, RIGHT, ROW, HEAD] = [900, 250, 90, 26, 66];
const [INK, GREY, LINE, OURS, OTHERS] = ["#1f2328", "#59636e", "#d0d7de", "#0969da", "#bc4c00"];

/** Milliseconds at both ends of a logarithmic scale: powers of ten. */
interface Scale {
  readonly from: number;
  readonly to: number;
}

/** A picture of the main figures: for each series its p50 as a dot, and a line to its p95. */
export function plot(measurements: Measurements): string {
  const figures = SHOWN.flatMap(([part, name]) => measurements[part]?.figures[name] ?? []);
  const all = figures.flatMap(({ series }) => Object.values(series).flatMap(({ p50, p95 }) => [p50, p95]));
  const power = (time: number, round: (exponent: number) => number) => 10 ** round(Math.log10(time));
  const scale = { from: power(Math.min(...all), Math.floor), to: power(Math.max(...all), Math.ceil) };
  let top = 0;
  const groups = figures.map((figure) => {
    const drawn = group(figure, top, scale);
    top += HEAD + Object.keys(figure.series).length * ROW;
    return drawn;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top + 8}" role="img"`,
    ` font-family="system-ui, sans-serif" font-size="13">`,
    "<title>How long merges and reverted edits take</title>",
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...groups,
    "</svg>\n",
  ].join("\n");
}

function group({ title, series }: RecordedFigure, top: number, scale: Scale): string {
  const first = top + HEAD;
  const rows = Object.entries(series).map(([name, { label, p50, p95 }], index) => {
    const y = first + index * ROW;
    const colour = name === "ours" ? OURS : name === "floor" ? GREY : OTHERS;
    return [
      text(LEFT - 14, y + 4, label, `text-anchor="end"`),
      line(`M${x(p50, scale)} ${y}H${x(p95, scale)}`, `stroke="${colour}" stroke-width="5" opacity=".45"`),
      `<circle cx="${x(p50, scale)}" cy="${y}" r="6" fill="${colour}"/>`,
      text(Number(x(p95, scale)) + 12, y + 4, duration(p50)),
    ].join("\n");
  });
  const bottom = first + (rows.length - 1) * ROW + 10;
  const count = Math.round(Math.log10(scale.to / scale.from)) + 1;
  const marks = Array.from({ length: count }, (_, index) => scale.from * 10 ** index).flatMap((time) => [
    line(`M${x(time, scale)} ${first - 14}V${bottom}`, `stroke="${LINE}"`),
    text(Number(x(time, scale)), first - 18, time < 1000 ? `${time} ms` : `${time / 1000} s`, `text-anchor="middle"`),
  ]);
  return [text(14, top + 20, title, `font-weight="600"`), ...marks, ...rows].join("\n");
}

function x(time: number, { from, to }: Scale): string {
  return (LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(time / from)) / Math.log(to / from)).toFixed(1);
}

function line(path: string, style: string): string {
  return `<path d="${path}" ${style} stroke-linecap="round"/>`;
}

function text(x: number, y: number, content: string, style = ""): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" fill="${INK}" ${style}>${escaped}</text>`;
}
