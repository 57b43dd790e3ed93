import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";
import supported from "../../supported.json";
import { mapAtOnce } from "../at-once";
import { Failure } from "../errors";
import { requireProgram } from "../program-version";
import { type ValuesFile, valuesPath } from "../../contract/paths";
import { type Json, type Manifest, writeManifests } from "./canonical";

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
async function readValues(folder: string, file: string): Promise<Reading> {
  const { stdout, stderr, exitCode } = await helm(folder, "template", "reading", ".", "--values", file);
  if (exitCode !== 0) return { error: sentence(stderr) };
  const [, encoded = ""] = /^values: (\S+)$/m.exec(stdout) ?? [];
  return { values: JSON.parse(Buffer.from(encoded, "base64").toString()) as unknown };
}

/**
 * The files of a chart that prints its values. Encoded: Helm looks into what a template makes, and may not like what
 * the values say.
 */
const READING_CHART: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: reading\nversion: 0.0.0\n",
  "templates/values.yaml": "values: {{ .Values | toJson | b64enc }}\n",
};

/** How many files Helm reads side by side: one for each core of GitHub's runners. */
const AT_ONCE = 4;

/**
 * What Helm reads in each of some values files, in their order. It is Helm's own reading, of the bytes that it would
 * apply, and no other parser's.
 */
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
 * The objects in manifests that Helm made, in its order. Helm itself reads them back: it and Argo CD share their
 * parser, which is not the one here.
 * @throws {Failure} naming what is no object, and keys that stand twice.
 */
export async function readObjects(text: string): Promise<Manifest[]> {
  const documents = splitDocuments(text);
  const problems = documents.flatMap(syntaxProblems);
  if (problems.length > 0) throw new Failure(...problems);
  const read = documents.length === 0 ? [] : await asHelmReads(documents);
  return read.filter((object) => Object.keys(object).length > 0).map(manifest);
}

/**
 * As Kubernetes splits: only a line that begins with the mark, and has nothing but a comment behind it, ends a
 * document.
 */
function splitDocuments(text: string): string[] {
  return text.split(/^---[ \t]*(?:#.*)?\r?$/m).filter((document) => document.trim() !== "");
}

/** Helm's parser takes the last of two keys without a word; this one tells. */
function syntaxProblems(document: string): string[] {
  const [first, ...more] = [...parseAllDocuments(document, { version: "1.1", prettyErrors: false })];
  if (more.length > 0) return ["manifests: got a document in a document; expected a line `---` between them."];
  return (first?.errors ?? []).map(({ message }) => `manifests: ${message}.`.replace(/\.\.$/, "."));
}

const OBJECTS_CHART = "apiVersion: v2\nname: reader\nversion: 0.0.0\n";
/**
 * Encoded, because Helm reads once more what a template makes, and not every character that JSON has is one of YAML's.
 */
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
    if (exitCode !== 0) throw new Failure(`manifests: ${sentence(stderr)}`);
    const [, encoded = ""] = /^objects: (\S+)$/m.exec(stdout) ?? [];
    return JSON.parse(Buffer.from(encoded, "base64").toString()) as Readonly<Record<string, Json>>[];
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

function manifest(object: Readonly<Record<string, Json>>): Manifest {
  const { apiVersion, kind, items, Error: said } = object;
  // Argo CD takes any object with such a list for nothing but what is in the list.
  if (Array.isArray(items)) {
    throw new Failure("manifests: got a list of items; expected each object by itself. Correct the chart's templates.");
  }
  if (typeof apiVersion === "string" && typeof kind === "string") return { ...object, apiVersion, kind };
  const got = typeof said === "string" ? sentence(said) : `an object with the keys ${Object.keys(object).join(", ")}`;
  throw new Failure(`manifests: got ${got}; expected apiVersion and kind in each. Correct the chart's templates.`);
}

/**
 * Runs Helm without this process's environment: what it renders comes from the person who opened the pull request. It
 * renders for the oldest Kubernetes that is supported, whichever one this Helm was built for.
 * @throws {Failure} where there is none, or it is too old.
 */
export async function helm(folder: string, ...args: string[]) {
  const env = { PATH: process.env.PATH ?? "", HOME: folder, TMPDIR: folder };
  await requireProgram("helm", env);
  const all = [...args, "--kube-version", supported.kubernetes];
  return execa("helm", all, { cwd: folder, env, extendEnv: false, reject: false });
}

/** Helm's words on one line. */
function sentence(text: string): string {
  return text
    .replace(/^Error: /, "")
    .replace(/\s*\n\s*/g, " ")
    .trim();
}
