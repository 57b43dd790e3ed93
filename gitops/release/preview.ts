import { CHARTS } from "../../environments/service-name";
import { withChartFolder } from "../chart/folder";
import { render, type Rendered } from "../chart/helm";
import type { Clone } from "../git/clone";
import { parseValuesPath, type ValuesFile, valuesPath } from "../values/files";
import { unifiedDiff } from "./unified-diff";
import type { Unit } from "./unit";
import { MAIN } from "../git/refs";

/** What a release does to the manifests, or why it cannot be let in. */
export type Preview = { readonly diff: string } | { readonly blocked: string };

/** Renders what an environment has and what it would have, and compares. */
export async function preview(clone: Clone, unit: Unit, before: string, after: string): Promise<Preview> {
  const files = await filesOf(clone, unit, before, after);
  const [was, is] = [await renderAll(clone, before, files), await renderAll(clone, after, files)];
  const parts: string[] = [];
  for (const [index, file] of files.entries()) {
    const [old, made] = [was[index], is[index]];
    if (made && "error" in made) return { blocked: await reason(clone, unit, file, made.error) };
    const diff = await unifiedDiff(manifests(old), manifests(made));
    if (diff !== "") parts.push(files.length > 1 ? `# ${file.service}\n${diff}` : diff);
  }
  return { diff: parts.join("\n") };
}

/** The values that a unit's release changes the manifests of: its own, or for charts all of the environment. */
async function filesOf(clone: Clone, { environment, service }: Unit, before: string, after: string) {
  if (service !== undefined) return [{ environment, service }];
  const lists = [before, after].map((revision) => clone.list(revision, `environments/${environment}`));
  const paths = new Set((await Promise.all(lists)).flat());
  return [...paths].map(parseValuesPath).filter((file) => file !== undefined);
}

/** What Helm makes of each file at a revision; undefined where it is not there. */
async function renderAll(clone: Clone, revision: string, files: readonly ValuesFile[]) {
  const rendered: (Rendered | undefined)[] = [];
  const paths = files.map(valuesPath);
  const there = new Set(await clone.list(revision, ...paths));
  await withChartFolder(clone, revision, [CHARTS, ...paths], async (folder) => {
    for (const file of files) rendered.push(there.has(valuesPath(file)) ? await render(folder, file) : undefined);
  });
  return rendered;
}

async function reason(clone: Clone, unit: Unit, file: ValuesFile, error: string): Promise<string> {
  const { environment, service } = unit;
  const path = valuesPath(file);
  if (service === undefined) {
    const wayOut = "Make the chart take what is there, or release both in one pull request by hand.";
    return `charts: ${path} of env/${environment} does not render with main's: ${error} ${wayOut}`;
  }
  const [withMain] = await renderAll(clone, MAIN, [file]);
  return withMain && "manifests" in withMain
    ? `${path}: needs charts/service as it is on main, which env/${environment} does not have: ${error} Release charts first.`
    : `${path}: does not render: ${error} Repair it on main.`;
}

function manifests(rendered: Rendered | undefined): string {
  return rendered && "manifests" in rendered ? rendered.manifests : "";
}
