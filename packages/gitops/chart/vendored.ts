import { isMap, isSeq, parseDocument } from "yaml";
import { Failure } from "@gitops-platform/contract/failure";
import { contentOf } from "../values/differences";
import { readArchive } from "./archive";

/** A third-party chart as the repository has it. */
export interface Vendored {
  /** The text by path in the chart's folder. */
  readonly files: ReadonlyMap<string, string>;
  /** The paths that were left out. */
  readonly left: readonly string[];
}

/**
 * Reads from an archive what the repository takes: text that people can review. Packed charts inside it are unpacked.
 * Locks, signatures, tests and the addresses of dependencies are left out, because everything is there.
 * @throws {Failure} with every problem: another chart or version, files that are not text, files of Helm 2.
 */
export function vendor(
  archive: Buffer,
  { chart, version }: { readonly chart: string; readonly version: string },
): Vendored {
  const name = `${chart}-${version}.tgz`;
  const all = new Map<string, Buffer>();
  unpack(readArchive(archive, name), { name, to: "", depth: 0 }, all);
  const left = [...all.keys()].filter((path) => LEFT_OUT.test(path));
  const problems: string[] = [];
  const files = new Map<string, string>();
  for (const [path, bytes] of all) {
    if (LEFT_OUT.test(path)) continue;
    const text = textOf(bytes);
    if (text === undefined) problems.push(`${name}: ${path}: got bytes that are not UTF-8; expected text. ${OTHER}`);
    else if (/(^|\/)requirements\.yaml$/.test(path)) {
      problems.push(`${name}: ${path}: got a file of Helm 2; expected dependencies in Chart.yaml. ${OTHER}`);
    } else files.set(path, /(^|\/)Chart\.yaml$/.test(path) ? withoutAddresses(text) : text);
  }
  const about = contentOf(files.get("Chart.yaml")) ?? {};
  for (const [key, wanted] of Object.entries({ name: chart, version })) {
    if (about[key] === wanted) continue;
    const got = JSON.stringify(about[key] ?? null);
    problems.push(
      `${name}: Chart.yaml: ${key}: got ${got}; expected ${JSON.stringify(wanted)}. ` +
        "Correct --chart or --chart-version.",
    );
  }
  if (problems.length > 0) throw new Failure(...problems);
  return { files, left };
}

const OTHER = "Take another chart or version, or put it below charts/ by hand.";

/** In any of the charts: what `validate` refuses, and what Helm needs for packing and testing only. */
const LEFT_OUT = /(^|\/)(chart\.lock|requirements\.lock|[^/]*\.prov|\.helmignore|templates\/tests\/.*)$/i;

/** How deep charts may be packed in charts: a limit for archives that people made to be endless. */
const DEEPEST = 4;

interface Place {
  readonly name: string;
  readonly to: string;
  readonly depth: number;
}

function unpack(files: ReadonlyMap<string, Buffer>, { name, to, depth }: Place, all: Map<string, Buffer>): void {
  for (const [path, bytes] of files) {
    const [, folder, packed] = /^((?:.*\/)?charts\/)([^/]+\.tgz)$/i.exec(path) ?? [];
    if (folder === undefined || packed === undefined) {
      const at = `${to}${path}`;
      if (all.has(at)) throw new Failure(`${name}: ${at}: got it packed and unpacked; expected it once. ${OTHER}`);
      all.set(at, bytes);
      continue;
    }
    const within = readArchive(bytes, `${name}: ${path}`);
    const own = contentOf(textOf(within.get("Chart.yaml") ?? Buffer.of()))?.name;
    if (depth >= DEEPEST || typeof own !== "string" || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(own)) {
      throw new Failure(`${name}: ${path}: got no chart with a name; expected one. ${OTHER}`);
    }
    unpack(within, { name, to: `${to}${folder}${own}/`, depth: depth + 1 }, all);
  }
}

function textOf(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Chart.yaml without the addresses of its dependencies: they are in the folder, and nothing fetches them. */
function withoutAddresses(text: string): string {
  const document = parseDocument(text);
  const dependencies = document.get("dependencies");
  if (document.errors.length > 0 || !isSeq(dependencies)) return text;
  const isChanged = dependencies.items.map((item) => isMap(item) && item.delete("repository")).includes(true);
  return isChanged ? document.toString({ lineWidth: 0 }) : text;
}
