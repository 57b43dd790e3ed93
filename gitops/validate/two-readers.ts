import { parse } from "yaml";
import type { Reading } from "../chart/helm";
import { helmReadings } from "../chart/readings";
import { ambiguitiesIn } from "../values/ambiguities";
import { firstDifference } from "../values/difference";
import { parseValuesPath } from "../values/files";
import type { Candidate } from "./candidate";
import type { Problem } from "./problem";

/**
 * Every other rule here judges what this program's parser reads; the cluster gets what Helm reads. So a file that a
 * change touches must say the same to both: nothing in it may be ambiguous, and Helm's own reading of values must be
 * the one that is judged.
 */
export async function twoReaders({ clone, tree, changes }: Candidate): Promise<Problem[]> {
  const paths = changes.filter(({ path, blob }) => blob !== undefined && isData(path)).map(({ path }) => path);
  const files = await Promise.all(paths.map(async (file) => ({ file, text: (await clone.read(tree, file)) ?? "" })));
  const ambiguous = files.flatMap(({ file, text }) =>
    ambiguitiesIn(text).map((each) => ({ file, ...each, message: sentence(each.message) })),
  );
  const said = new Set(ambiguous.map(({ file }) => file));
  const values = files.filter(({ file }) => !said.has(file) && isValues(file));
  const readings = await helmReadings(values.map(({ text }) => text));
  const different = values.flatMap(({ file, text }, index) => {
    const reading = readings[index];
    const message = reading && readingProblem(text, reading);
    return message === undefined ? [] : [{ file, message }];
  });
  return [...ambiguous, ...different];
}

/**
 * What Helm reads as plain YAML. Templates are not: they become YAML when they are rendered, and what they become is
 * judged then.
 */
function isData(path: string): boolean {
  return parseValuesPath(path) !== undefined || (/^charts\/.*\.ya?ml$/i.test(path) && !path.includes("/templates/"));
}

function isValues(path: string): boolean {
  return parseValuesPath(path) !== undefined || path.endsWith("/values.yaml");
}

/**
 * What is wrong where Helm reads something else than this program's parser; undefined where it does not, or the file is
 * no YAML, as another rule says.
 */
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
  return `${key}: got ${show(one)} for YAML 1.2 and ${show(other)} for Helm; expected one meaning. Put text in quotes, and numbers without.`;
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
