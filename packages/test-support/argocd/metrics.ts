import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A metric of a process, without the labels that Prometheus adds to it. */
export interface Metric {
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "untyped";
  /** Sorted. Without `le` of histograms and `quantile` of summaries. */
  readonly labels: readonly string[];
}

/** Metrics by name. */
export type Metrics = Readonly<Record<string, Metric>>;

/** What the processes of one version expose, by the Service of each. */
export interface RecordedMetrics {
  readonly version: string;
  readonly processes: Readonly<Record<string, Metrics>>;
}

const FILE = join(__dirname, "metrics.json");

/** The recorded metrics. `UPDATE_GOLDEN=1` in tests/e2e/metrics.test.ts writes them. */
export function recordedMetrics(): RecordedMetrics {
  return JSON.parse(readFileSync(FILE, "utf8")) as RecordedMetrics;
}

/** Records what processes expose. Keeps what is recorded of the same version, because some metrics need an event. */
export function recordMetrics(found: RecordedMetrics): void {
  const before = recordedMetrics();
  const kept = before.version === found.version ? before.processes : {};
  const processes = Object.fromEntries(
    Object.entries(found.processes)
      .map(([name, metrics]) => [name, sorted({ ...kept[name], ...metrics })] as const)
      .sort(byName),
  );
  writeFileSync(FILE, `${JSON.stringify({ version: found.version, processes }, null, 2)}\n`);
}

/**
 * Reads what a process answers to Prometheus. Metrics of Go's own runtime are left out.
 * https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 */
export function readMetrics(text: string): Metrics {
  const lines = text.split("\n");
  const types = new Map(
    lines.flatMap((line) => {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      return name === undefined || name.startsWith("go_") ? [] : [[name, type as Metric["type"]] as const];
    }),
  );
  const labels = new Map<string, Set<string>>();
  for (const line of lines) {
    const [, name = "", list = ""] = /^([a-zA-Z_:][\w:]*)(\{.*\})? /.exec(line) ?? [];
    const metric = metricOf(name, types);
    if (metric === undefined) continue;
    const found = labels.get(metric) ?? new Set();
    for (const [, label = ""] of list.matchAll(/[{,]([a-zA-Z_]\w*)="(?:[^"\\]|\\.)*"/g)) found.add(label);
    labels.set(metric, found);
  }
  const entries = Array.from(labels, ([name, found]) => {
    const own = [...found].filter((label) => label !== "le" && label !== "quantile").sort();
    return [name, { type: types.get(name) ?? "untyped", labels: own }] as const;
  });
  return sorted(Object.fromEntries(entries));
}

/** The metric that a sample belongs to: those of histograms and summaries have three names. */
export function metricOf(sample: string, metrics: { has(name: string): boolean }): string | undefined {
  return [sample, sample.replace(/_(bucket|sum|count)$/, "")].find((name) => metrics.has(name));
}

function sorted(metrics: Metrics): Metrics {
  return Object.fromEntries(Object.entries(metrics).sort(byName));
}

function byName([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1;
}
