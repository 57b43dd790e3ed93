import { formatValue } from "@gitops-platform/contract/values/plain";
import { LineCounter, parse, parseAllDocuments } from "yaml";
import { helmReadings, type Reading } from "../chart/helm";
import { ambiguitiesIn } from "@gitops-platform/contract/values/ambiguities";
import { firstDifference } from "../values/differences";
import { CHARTS, parseValuesPath } from "@gitops-platform/contract/paths";
import type { Candidate } from "./candidate";
import { sourcedPath, sourcedValues } from "./sourced";
import type { FileProblem } from "@gitops-platform/rules/entry";

/** Reports invalid YAML, duplicate keys and additional documents in the services' files that a change affects. */
export async function syntax(candidate: Candidate): Promise<FileProblem[]> {
  const problems = (await sourcedValues(candidate)).map(async (sourced) => {
    const path = sourcedPath(sourced);
    const { source } = sourced.now;
    return syntaxProblems(path, (await candidate.clone.read(candidate.tree, path)) ?? "", source.kind === "manifests");
  });
  return (await Promise.all(problems)).flat();
}

/** Reports the same problems in one text. Objects may be in several documents. */
export function syntaxProblems(file: string, text: string, hasObjects = false): FileProblem[] {
  const lineCounter = new LineCounter();
  const documents = [...parseAllDocuments(text, { lineCounter, prettyErrors: false })];
  const place = (offset: number) => {
    const { line, col } = lineCounter.linePos(offset);
    return { file, line, column: col };
  };
  const problems = documents
    .flatMap(({ errors, warnings }) => [...errors, ...warnings])
    .map(({ message, pos }): FileProblem => ({ ...place(pos[0]), message: `${message}.`.replace(/\.\.$/, ".") }));
  const [, second] = documents;
  if (problems.length === 0 && second && !hasObjects) {
    const message = `Got ${documents.length} documents; expected one. Remove the line --- between them.`;
    problems.push({ ...place(second.range[0]), message });
  }
  return problems;
}

/**
 * Refuses files that Helm reads differently from this program's YAML parser. All other checks use this parser, but the
 * cluster gets what Helm reads. So a changed file must not be ambiguous, and both readings of values must be equal.
 */
export async function twoReaders(candidate: Candidate): Promise<FileProblem[]> {
  const { clone, tree, changes } = candidate;
  const objects = await objectFiles(candidate);
  const there = new Set(await clone.list(tree, CHARTS));
  const changed = changes.flatMap(({ path, blob }) => (blob === undefined ? [] : [path]));
  const paths = changed.filter((path) => isData(path, there));
  const files = await Promise.all(paths.map(async (file) => ({ file, text: (await clone.read(tree, file)) ?? "" })));
  const ambiguous = files.flatMap(({ file, text }) =>
    ambiguitiesIn(text, objects.has(file) ? "objects" : "document").map((each) => ({
      file,
      ...each,
      message: sentence(each.message),
    })),
  );
  const said = new Set(ambiguous.map(({ file }) => file));
  // Objects are compared when they are rendered.
  const values = files.filter(({ file }) => !said.has(file) && isValues(file) && !objects.has(file));
  const readings = await helmReadings(values.map(({ text }) => text));
  const different = values.flatMap(({ file, text }, index) => {
    const reading = readings[index];
    const message = reading && readingProblem(text, reading);
    return message === undefined ? [] : [{ file, message }];
  });
  return [...ambiguous, ...different];
}

/** The paths of the files that hold objects. */
async function objectFiles(candidate: Candidate): Promise<ReadonlySet<string>> {
  const sourced = (await sourcedValues(candidate)).filter(({ now: { source } }) => source.kind === "manifests");
  return new Set(sourced.map(sourcedPath));
}

/**
 * Whether Helm reads a file as plain YAML. Templates become YAML only when rendered, and are checked then, as are the
 * files of a base.
 */
function isData(path: string, there: ReadonlySet<string>): boolean {
  if (parseValuesPath(path) !== undefined) return true;
  const [folder = "", chart = ""] = path.split("/");
  const isOfChart = folder === CHARTS && there.has(`${CHARTS}/${chart}/Chart.yaml`);
  return isOfChart && /\.ya?ml$/i.test(path) && !path.includes("/templates/");
}

function isValues(path: string): boolean {
  return parseValuesPath(path) !== undefined || path.endsWith("/values.yaml");
}

/** The difference between Helm's reading and this program's; undefined if they are equal, or the file is not YAML. */
export function readingProblem(text: string, reading: Reading): string | undefined {
  let ours: unknown;
  try {
    ours = parse(text, { logLevel: "error" });
  } catch {
    return undefined;
  }
  if ("error" in reading) return `Helm cannot read it: ${reading.error} Correct the file.`;
  const difference = firstDifference(ours, reading.values);
  if (!difference) return undefined;
  const { path, one, other } = difference;
  const key = path === "" ? "values" : path;
  return (
    `${key}: got ${formatValue(one)} for YAML 1.2 and ${formatValue(other)} for Helm; expected one meaning. ` +
    "Put text in quotes, and write numbers without."
  );
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
