import { isMap, LineCounter, parseAllDocuments, type YAMLMap } from "yaml";
import { Failure } from "../failure";
import { ambiguitiesIn } from "./ambiguities";

/** A values file's text, taken apart. Every node knows its place in the text. */
export interface ParsedValues {
  readonly root: YAMLMap;
  readonly lines: LineCounter;
}

/**
 * Parses a values file.
 * @param file The file's name, for messages.
 * @throws {Failure} with file, line and column of every syntax error, duplicate key and ambiguity ({@link
 *   ambiguitiesIn}): an edit is made of what is read here, and takes effect as Helm reads it; where it is no mapping.
 */
export function parseValues(text: string, file: string): ParsedValues {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { keepSourceTokens: true, lineCounter: lines, prettyErrors: false });
  const documents = "empty" in parsed ? [] : parsed;
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${Math.max(1, line)}:${Math.max(1, col)}`;
  };
  const errors = documents.flatMap((document) => document.errors);
  if (errors.length > 0) {
    throw new Failure(...errors.map(({ message, pos }) => `${at(pos[0])}: ${message}. Correct the file.`));
  }
  const ambiguities = ambiguitiesIn(text);
  if (ambiguities.length > 0) {
    throw new Failure(...ambiguities.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`));
  }
  const [document] = documents;
  const root = document?.contents;
  if (!isMap(root)) throw new Failure(`${at(0)}: no mapping; expected the values of a service. Write them.`);
  return { root, lines };
}
