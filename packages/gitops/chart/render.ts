import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { isServiceChart } from "@gitops-platform/contract/source";
import type { Rendering } from "../catalogue/rendering";
import { lint, renderChart, type Rendered } from "./helm";
import { renderObjects } from "./plain";
import { changingParts } from "./repeatable";

/** Renders a service from a folder with charts and the service's file. */
export async function render(folder: string, file: ValuesFile, { source, namespace }: Rendering): Promise<Rendered> {
  if (source.kind === "manifests") return renderPlain(folder, file);
  if (isServiceChart(source)) return renderChart(folder, file, { chart: source.chart, namespace });
  const problems = await changingParts(folder, source.chart, valuesPath(file));
  if (problems.length > 0) return { error: problems.join(" ") };
  const wanted = { chart: source.chart, namespace };
  const [once, again] = [await renderChart(folder, file, wanted), await renderChart(folder, file, wanted)];
  if ("error" in once || JSON.stringify(once) === JSON.stringify(again)) return once;
  return { error: `${source.chart}: got other objects at a second run; expected the same. ${REPEATABLE}` };
}

const REPEATABLE = "Take out what is random or depends on the time: what is approved must be what is applied.";

async function renderPlain(folder: string, file: ValuesFile): Promise<Rendered> {
  try {
    const path = valuesPath(file);
    return { manifests: await renderObjects(await readFile(join(folder, path), "utf8"), path) };
  } catch (error) {
    if (error instanceof Failure) return { error: error.message };
    throw error;
  }
}

/** What is wrong with a service's file and its chart before it is rendered. */
export async function complaints(folder: string, file: ValuesFile, { source }: Rendering): Promise<string[]> {
  if (source.kind === "manifests") return [];
  const isThere = await stat(join(folder, source.chart, "Chart.yaml")).catch(() => undefined);
  if (isThere) return lint(folder, file, source.chart);
  const got = `source.chart: got ${source.chart}, which has no Chart.yaml`;
  return [`${got}; expected a chart. Correct ${declarationPath(file.service)}, or add the chart.`];
}
