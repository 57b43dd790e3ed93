import { MANIFESTS, parseManifestsPath } from "../../environments/manifests";
import { CHARTS } from "../../environments/service-name";
import type { Clone } from "../git/clone";
import { parseValuesPath, type ValuesFile, valuesPath } from "../values/files";
import { withChartFolder } from "./folder";
import { render, type Rendered } from "./helm";

/** What Helm makes of each values file with the charts of the same revision; undefined where the file is not there. */
export async function renderRevision(
  clone: Clone,
  revision: string,
  files: readonly ValuesFile[],
): Promise<(Rendered | undefined)[]> {
  if (files.length === 0) return [];
  const rendered: (Rendered | undefined)[] = [];
  const paths = files.map(valuesPath);
  const there = new Set(await clone.list(revision, ...paths));
  await withChartFolder(clone, revision, [CHARTS, ...paths], async (folder) => {
    for (const file of files) rendered.push(there.has(valuesPath(file)) ? await render(folder, file) : undefined);
  });
  return rendered;
}

/** The services of an environment at a revision: those with values, and those with manifests. Sorted. */
export async function servicesAt(
  clone: Clone,
  revision: string,
  environment: string,
): Promise<{ readonly values: readonly string[]; readonly manifests: readonly string[] }> {
  const [values, manifests] = await Promise.all([
    clone.list(revision, `environments/${environment}`),
    clone.list(revision, MANIFESTS),
  ]);
  const isOf = (file: ValuesFile | undefined) => file?.environment === environment;
  return {
    values: values.map(parseValuesPath).flatMap((file) => (file && isOf(file) ? [file.service] : [])),
    manifests: manifests.flatMap((path) => parseManifestsPath(path) ?? []),
  };
}
