import { isMap, LineCounter, parseAllDocuments, type YAMLMap } from "yaml";
import { Failure } from "../failure";

/** A values file's text, taken apart. Every node knows its place in the text. */
export interface ParsedValues {
  readonly root: YAMLMap;
  readonly lines: LineCounter;
}

/**
 * Parses a values file.
 * @param file The file's name, for messages.
 * @throws {Failure} with file, line and column of every syntax error and duplicate key; where there is not exactly one document; where it is no mapping.
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
  const [document, second] = documents;
  if (second) throw new Failure(`${at(second.range[0])}: a second document; expected one. Remove it.`);
  const root = document?.contents;
  if (!isMap(root)) throw new Failure(`${at(0)}: no mapping; expected the values of a service. Write them.`);
  if (root.anchor !== undefined || root.tag !== undefined) {
    throw new Failure(`${at(root.range[0])}: the values have an anchor or a tag of YAML. Remove it.`);
  }
  return { root, lines };
}
