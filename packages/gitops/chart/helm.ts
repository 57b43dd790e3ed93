import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import supported from "../../../supported.json";
import { mapAtOnce } from "../at-once";
import { Failure } from "@gitops-platform/contract/failure";
import { requireProgram } from "../program-version";
import { type ValuesFile, valuesPath } from "@gitops-platform/contract/paths";
import { type Json, type Manifest, writeManifests } from "@gitops-platform/contract/canonical";

/** A service's manifests in the form of {@link writeManifests}, or why Helm cannot render them. */
export type Rendered = { readonly manifests: string } | { readonly error: string };

/** The kind of source that Helm renders. */
const CHART = { kind: "chart" } as const;

/**
 * Renders a service from a folder with charts and values. Helm is called like Argo CD calls it, with CRDs and tests,
 * but without the cluster's version and kinds: what is approved must not depend on a cluster.
 */
export async function renderChart(
  folder: string,
  file: ValuesFile,
  { chart, namespace }: { readonly chart: string; readonly namespace: string },
): Promise<Rendered> {
  const release = [
    file.service,
    chart,
    "--namespace",
    namespace,
    "--values",
    valuesPath(file, CHART),
    "--include-crds",
  ];
  const { stdout, stderr, exitCode } = await helm(folder, "template", ...release);
  if (exitCode !== 0) return { error: messageOf(stderr) };
  try {
    return { manifests: writeManifests(await readObjects(stdout)) };
  } catch (error) {
    if (error instanceof Failure) return { error: messageOf(error.message) };
    throw error;
  }
}

/** The complaints of `helm lint --strict` about a chart with a service's values. */
export async function lint(folder: string, file: ValuesFile, chart: string): Promise<string[]> {
  const { stdout, stderr, exitCode } = await helm(
    folder,
    "lint",
    "--strict",
    chart,
    "--values",
    valuesPath(file, CHART),
  );
  if (exitCode === 0) return [];
  const complaints = [...stdout.matchAll(/^\[(?:ERROR|WARNING)\] ((?:.*)(?:\n(?![[=]|\d+ chart).+)*)/gm)];
  if (complaints.length === 0) return [messageOf(stderr)];
  // Helm checks the schema twice, and adds places in the chart that do not help: the problem is in the values file.
  const said = complaints.map(([, text = ""]) => messageOf(text).replace(/^(values\.yaml: - |templates\/: )/, ""));
  return [
    ...new Set(said.map((text) => text.replace(/^values don't meet .* in the following chart\(s\): \S+: - /, ""))),
  ];
}

/** The values that Helm reads from a file, as JSON. */
export type Reading = { readonly values: unknown } | { readonly error: string };

/**
 * Reads the values that Helm passes to templates. The folder must contain {@link READING_CHART} and, outside of it, the
 * file: Helm reads every file of a chart, and those of parallel readings appear and disappear.
 */
async function readValues(folder: string, file: string): Promise<Reading> {
  const { stdout, stderr, exitCode } = await helm(folder, "template", "reading", "./chart", "--values", file);
  if (exitCode !== 0) return { error: messageOf(stderr) };
  const [, encoded = ""] = /^values: (\S+)$/m.exec(stdout) ?? [];
  return { values: JSON.parse(Buffer.from(encoded, "base64").toString()) as unknown };
}

/** A chart that prints its values. They are encoded, because Helm parses the output of templates. */
const READING_CHART: Readonly<Record<string, string>> = {
  "chart/Chart.yaml": "apiVersion: v2\nname: reading\nversion: 0.0.0\n",
  "chart/templates/values.yaml": "values: {{ .Values | toJson | b64enc }}\n",
};

/** The number of files that Helm reads at the same time: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/** Lets Helm itself read the text of values files. The results are in the same order. */
export async function helmReadings(texts: readonly string[]): Promise<Reading[]> {
  if (texts.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), "gitops-readings-"));
  try {
    for (const [path, text] of Object.entries(READING_CHART)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
    return await mapAtOnce(texts, AT_ONCE, async (text) => {
      const file = join(folder, `${randomUUID()}.yaml`);
      await writeFile(file, text);
      const reading = await readValues(folder, file);
      await rm(file);
      return reading;
    });
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/**
 * Parses rendered manifests, in Helm's order. Helm itself does this, because it has the same YAML parser as Argo CD,
 * unlike this program.
 * @throws {Failure} for anything that is not an object, and for duplicate keys.
 */
export async function readObjects(text: string): Promise<Manifest[]> {
  const documents = splitDocuments(text);
  const problems = documents.flatMap(syntaxProblems);
  if (problems.length > 0) throw new Failure(...problems);
  const read = documents.length === 0 ? [] : await asHelmReads(documents);
  return read.filter((object) => Object.keys(object).length > 0).map(manifest);
}

/** Splits like Kubernetes: a separator is a line that begins with `---` and has nothing but a comment after it. */
function splitDocuments(text: string): string[] {
  return text.split(/^---[ \t]*(?:#.*)?\r?$/m).filter((document) => document.trim() !== "");
}

/** Reports duplicate keys, of which Helm's parser silently takes the last one. */
function syntaxProblems(document: string): string[] {
  const [first, ...more] = [...parseAllDocuments(document, { version: "1.1", prettyErrors: false })];
  if (more.length > 0) return ["manifests: got a document in a document; expected a line `---` between them."];
  return (first?.errors ?? []).map(({ message }) => `manifests: ${message}.`.replace(/\.\.$/, "."));
}

const OBJECTS_CHART = "apiVersion: v2\nname: reader\nversion: 0.0.0\n";
/** Encoded, because Helm parses the output of templates, and JSON may contain characters that YAML does not permit. */
const TEMPLATE = `{{- $objects := list }}
{{- range .Values.documents }}{{ $objects = append $objects (fromYaml .) }}{{ end -}}
objects: {{ $objects | toJson | b64enc }}
`;

async function asHelmReads(documents: readonly string[]): Promise<Readonly<Record<string, Json>>[]> {
  const folder = await mkdtemp(join(tmpdir(), "gitops-reader-"));
  try {
    await mkdir(join(folder, "reader/templates"), { recursive: true });
    await writeFile(join(folder, "reader/Chart.yaml"), OBJECTS_CHART);
    await writeFile(join(folder, "reader/templates/objects.yaml"), TEMPLATE);
    await writeFile(join(folder, "values.json"), JSON.stringify({ documents }));
    const { stdout, stderr, exitCode } = await helm(
      folder,
      "template",
      "reader",
      "./reader",
      "--values",
      "values.json",
    );
    if (exitCode !== 0) throw new Failure(`manifests: ${messageOf(stderr)}`);
    const [, encoded = ""] = /^objects: (\S+)$/m.exec(stdout) ?? [];
    return JSON.parse(Buffer.from(encoded, "base64").toString()) as Readonly<Record<string, Json>>[];
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function manifest(object: Readonly<Record<string, Json>>): Manifest {
  const { apiVersion, kind, items, Error: said } = object;
  // Argo CD replaces any object that has such a list by the objects in the list.
  if (Array.isArray(items)) {
    throw new Failure("manifests: got a list of items; expected each object by itself. Correct the chart's templates.");
  }
  if (typeof apiVersion === "string" && typeof kind === "string") return { ...object, apiVersion, kind };
  const got = typeof said === "string" ? messageOf(said) : `an object with the keys ${Object.keys(object).join(", ")}`;
  throw new Failure(`manifests: got ${got}; expected apiVersion and kind in each. Correct the chart's templates.`);
}

/**
 * Runs Helm without this process's environment, because anybody's pull request determines what it renders. It renders
 * for the oldest supported version of Kubernetes, independent of Helm's own default.
 * @throws {Failure} if Helm is missing or too old.
 */
export async function helm(folder: string, ...args: string[]) {
  const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder };
  await requireProgram("helm", env);
  const all = [...args, "--kube-version", supported.kubernetes];
  return execa("helm", all, { cwd: folder, env, extendEnv: false, reject: false });
}

/** The message of Helm or Kustomize, on one line. */
export function messageOf(text: string): string {
  return text
    .replace(/^Error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}
