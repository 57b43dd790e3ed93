import { type Document, isMap, LineCounter, type Node, parseAllDocuments, type YAMLMap } from "yaml";
import { Failure } from "../failure";
import { ambiguitiesIn, type Content, isText } from "./ambiguities";

/** A parsed text. Every node has its offset in the text. */
export interface ParsedYaml {
  /** Undefined for a text without a value. */
  readonly root: Node | undefined;
  readonly lines: LineCounter;
  /** Every syntax error and duplicate key; without those, every ambiguity ({@link ambiguitiesIn}). */
  readonly problems: readonly { readonly line: number; readonly column: number; readonly message: string }[];
}

/** Parses YAML that people write and that several programs read. */
export function parseYaml(text: string): ParsedYaml {
  const { documents, ...parsed } = parseDocuments(text, "document");
  return { root: documents[0]?.contents ?? undefined, ...parsed };
}

function parseDocuments(text: string, content: Content) {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { keepSourceTokens: true, lineCounter: lines, prettyErrors: false });
  const documents: Document[] = "empty" in parsed ? [] : parsed;
  const errors = documents.flatMap((document) => document.errors);
  const problems = errors.map(({ message, pos }) => {
    const { line, col } = lines.linePos(pos[0]);
    return { line: Math.max(1, line), column: Math.max(1, col), message: `${message}. Correct the file.` };
  });
  return { documents, lines, problems: problems.length > 0 ? problems : ambiguitiesIn(text, content) };
}

/** A values file's text, taken apart. */
export interface ParsedValues {
  readonly root: YAMLMap;
  readonly lines: LineCounter;
}

/**
 * Parses a values file.
 * @param file The file's name, for messages.
 * @throws {Failure} with file, line and column of every syntax error, duplicate key and ambiguity: an edit is made of
 *   what is read here, and takes effect as Helm reads it; where it is no mapping.
 */
export function parseValues(text: string, file: string): ParsedValues {
  const { root, lines, problems } = parseYaml(text);
  requireNone(problems, file);
  if (!isMap(root)) throw new Failure(`${file}:1:1: no mapping; expected the values of a service. Write them.`);
  return { root, lines };
}

/**
 * Parses a file with Kubernetes objects. Empty documents are left out.
 * @throws {Failure} like {@link parseValues}.
 */
export function parseObjects(
  text: string,
  file: string,
): { readonly documents: readonly Document[]; readonly lines: LineCounter } {
  const { documents, lines, problems } = parseDocuments(text, "objects");
  requireNone(problems, file);
  return { documents: documents.filter(({ contents }) => isMap(contents)), lines };
}

function requireNone(problems: ParsedYaml["problems"], file: string): void {
  if (problems.length === 0) return;
  throw new Failure(...problems.map(({ line, column, message }) => `${file}:${line}:${column}: ${message}`));
}

/**
 * Writes a text in the quoting that another value has. Without quotes only where every reader of YAML takes it for that
 * text.
 */
export function quoteLike(source: string, text: string): string {
  if (source.startsWith("'")) return `'${text.replaceAll("'", "''")}'`;
  if (!source.startsWith('"') && /^\w([\w.:-]*[\w.-])?$/.test(text) && isText(text)) return text;
  return JSON.stringify(text);
}
