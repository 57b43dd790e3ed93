import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { Failure } from "../failure";
import type { Json, Manifest } from "./canonical";
import { helm, sentence } from "./run-helm";

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

const CHART = "apiVersion: v2\nname: reader\nversion: 0.0.0\n";
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
    await writeFile(join(folder, "reader/Chart.yaml"), CHART);
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
