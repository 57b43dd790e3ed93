import { Failure } from "../failure";
import { type ValuesFile, valuesPath } from "../values/files";
import { writeManifests } from "./canonical";
import { readObjects } from "./objects";
import { helm, sentence } from "./run-helm";

/** Where the chart that every service is an instance of is. */
export const CHART = "charts/service";

/**
 * What Helm makes of a service's values: the manifests as {@link writeManifests} writes them, or why there are none.
 */
export type Rendered = { readonly manifests: string } | { readonly error: string };

/**
 * The manifests of a service, from a folder with charts and values. Helm is called as Argo CD calls it, which brings a
 * chart's CRDs and leaves its tests in; but for the cluster's version and kinds: what is approved must not depend on
 * the cluster that is asked.
 */
export async function render(folder: string, file: ValuesFile): Promise<Rendered> {
  const release = [file.service, CHART, "--namespace", file.service, "--values", valuesPath(file), "--include-crds"];
  const { stdout, stderr, exitCode } = await helm(folder, "template", ...release);
  if (exitCode !== 0) return { error: sentence(stderr) };
  try {
    return { manifests: writeManifests(await readObjects(stdout)) };
  } catch (error) {
    if (error instanceof Failure) return { error: sentence(error.message) };
    throw error;
  }
}

/** What Helm's own strict check of the chart with a service's values complains of. */
export async function lint(folder: string, file: ValuesFile): Promise<string[]> {
  const { stdout, stderr, exitCode } = await helm(folder, "lint", "--strict", CHART, "--values", valuesPath(file));
  if (exitCode === 0) return [];
  const complaints = [...stdout.matchAll(/^\[(?:ERROR|WARNING)\] ((?:.*)(?:\n(?![[=]|\d+ chart).+)*)/gm)];
  if (complaints.length === 0) return [sentence(stderr)];
  // It checks the schema twice, and says where of the chart it noticed: the reader knows the file already.
  const said = complaints.map(([, text = ""]) => sentence(text).replace(/^(values\.yaml: - |templates\/: )/, ""));
  return [
    ...new Set(said.map((text) => text.replace(/^values don't meet .* in the following chart\(s\): \S+: - /, ""))),
  ];
}

/** What Helm reads in a values file, as JSON has it. */
export type Reading = { readonly values: unknown } | { readonly error: string };

/**
 * The values that Helm hands to templates, from a folder with a values file and a chart that {@link READING_CHART} is.
 */
export async function readValues(folder: string, file: string): Promise<Reading> {
  const { stdout, stderr, exitCode } = await helm(folder, "template", "reading", ".", "--values", file);
  if (exitCode !== 0) return { error: sentence(stderr) };
  const [, encoded = ""] = /^values: (\S+)$/m.exec(stdout) ?? [];
  return { values: JSON.parse(Buffer.from(encoded, "base64").toString()) as unknown };
}

/**
 * The files of a chart that prints its values. Encoded: Helm looks into what a template makes, and may not like what
 * the values say.
 */
export const READING_CHART: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: reading\nversion: 0.0.0\n",
  "templates/values.yaml": "values: {{ .Values | toJson | b64enc }}\n",
};
