import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { declarationPath } from "@gitops-platform/contract/catalogue";
import { Failure } from "@gitops-platform/contract/failure";
import { type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { isServiceChart, type ManifestsSource } from "@gitops-platform/contract/source";
import type { FileProblem } from "@gitops-platform/rules/entry";
import type { Rendering } from "../catalogue/rendering";
import { kustomizationProblems, renderKustomization } from "./kustomize";
import { lint, renderChart, type Rendered, readObjects } from "./helm";
import { changingParts } from "./repeatable";
import { type Json, type Manifest, SKIPPED_BY_ARGOCD, writeManifests } from "@gitops-platform/contract/canonical";
import { parseObjects } from "@gitops-platform/contract/values/parse";
import { firstDifference } from "../values/differences";

/** Renders a service from a folder with charts and the service's file. */
export async function render(folder: string, file: ValuesFile, { source, namespace }: Rendering): Promise<Rendered> {
  if (source.kind === "manifests") return failureAsError(() => renderPlain(folder, file, source));
  if (source.kind === "kustomize") return failureAsError(() => renderKustomization(folder, file, source));
  if (isServiceChart(source)) return renderChart(folder, file, { chart: source.chart, namespace });
  const problems = await changingParts(folder, source.chart, valuesPath(file, source));
  if (problems.length > 0) return { error: problems.join(" ") };
  const wanted = { chart: source.chart, namespace };
  const [once, again] = [await renderChart(folder, file, wanted), await renderChart(folder, file, wanted)];
  if ("error" in once || JSON.stringify(once) === JSON.stringify(again)) return once;
  return { error: `${source.chart}: got other objects at a second run; expected the same. ${REPEATABLE}` };
}

const REPEATABLE = "Take out what is random or depends on the time: what is approved must be what is applied.";

async function renderPlain(folder: string, file: ValuesFile, source: ManifestsSource): Promise<string> {
  const path = valuesPath(file, source);
  return renderObjects(await readFile(join(folder, path), "utf8"), path);
}

async function failureAsError(make: () => Promise<string>): Promise<Rendered> {
  try {
    return { manifests: await make() };
  } catch (error) {
    if (error instanceof Failure) return { error: error.message };
    throw error;
  }
}

/** What is wrong with a service's file and its chart or base before it is rendered. */
export async function complaints(folder: string, file: ValuesFile, { source }: Rendering): Promise<FileProblem[]> {
  if (source.kind === "manifests") return [];
  if (source.kind === "kustomize") return kustomizationProblems(folder, file, source);
  const isThere = await stat(join(folder, source.chart, "Chart.yaml")).catch(() => undefined);
  if (isThere) return (await lint(folder, file, source.chart)).map((message) => ({ message }));
  const got = `source.chart: got ${source.chart}, which has no Chart.yaml`;
  return [{ message: `${got}; expected a chart. Correct ${declarationPath(file.service)}, or add the chart.` }];
}

/**
 * Writes a file with objects as they are applied: canonically, in the file's order.
 * @param file The file's name, for messages.
 * @throws {Failure} for what readers of YAML take differently, and for anything but single objects.
 */
async function renderObjects(text: string, file: string): Promise<string> {
  // In an environment that follows main, Argo CD reads the file itself.
  if (text.includes(SKIPPED_BY_ARGOCD)) {
    throw new Failure(`${file}: got ${SKIPPED_BY_ARGOCD}; expected text without it: Argo CD would skip all of it.`);
  }
  const { documents } = parseObjects(text, file);
  const ours = documents.map((document) => document.toJS() as Readonly<Record<string, Json>>);
  if (ours.length === 0) throw new Failure(`${file}: got no objects; expected some. Write them, or delete the file.`);
  const theirs: readonly Manifest[] = await readObjects(text);
  const difference = firstDifference(ours, theirs);
  if (difference) {
    const place = difference.path === "" ? "objects" : difference.path;
    throw new Failure(`${file}: ${place}: got two meanings for two readers of YAML; expected one. Put text in quotes.`);
  }
  return writeManifests(theirs);
}
