import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";
import { type Figure, type Part, SERIES, type Summary, summary } from "./measure";

/** A figure as `--json` prints it, with what its page needs besides. */
export interface RecordedFigure {
  readonly title: string;
  readonly baseline?: string;
  readonly goal?: Figure["goal"];
  readonly series: Readonly<Record<string, Summary & { readonly label: string }>>;
}

/** A part of the bench, and when and where it ran. */
export interface RecordedPart {
  /** UTC, to the day. */
  readonly day: string;
  readonly commit: string;
  readonly machine: string;
  readonly figures: Readonly<Record<string, RecordedFigure>>;
  readonly notes?: string;
}

/** All parts by name: the content of docs/performance.json. */
export type Measurements = Readonly<Record<string, RecordedPart>>;

export function recorded({ figures, notes }: Part): RecordedPart {
  return {
    day: new Date().toISOString().slice(0, 10),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
    machine: machine(),
    figures: Object.fromEntries(Object.entries(figures).map(([name, figure]) => [name, recordedFigure(figure)])),
    ...(notes !== undefined && { notes }),
  };
}

function recordedFigure({ title, series, labels = {}, baseline, goal }: Figure): RecordedFigure {
  const label = (name: string) => labels[name] ?? SERIES[name] ?? name;
  return {
    title,
    ...(baseline !== undefined && { baseline }),
    ...(goal && { goal }),
    series: Object.fromEntries(
      Object.entries(series).map(([name, times]) => [name, { label: label(name), ...summary(times) }]),
    ),
  };
}

/** `{ figure: { series: { p50, p95, max, n } } }`, in milliseconds. */
export function figuresOnly(parts: readonly RecordedPart[]): object {
  return Object.fromEntries(
    parts
      .flatMap(({ figures }) => Object.entries(figures))
      .map(([name, { series }]) => [
        name,
        Object.fromEntries(Object.entries(series).map(([each, { p50, p95, max, n }]) => [each, { p50, p95, max, n }])),
      ]),
  );
}

function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model.trim() ?? "?"}, ${Math.round(totalmem() / 1024 ** 3)} GiB`;
}
