import { CST, LineCounter, Parser } from "yaml";

/** A place in a YAML text that two parsers may read differently. */
export interface Ambiguity {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** `got …; expected …. <how to fix it>` */
  readonly message: string;
}

/** What a text holds: one document, or Kubernetes objects in any number of documents. */
export type Content = "document" | "objects";

/**
 * Finds everything in a YAML text that parsers of YAML 1.1 (Helm, Argo CD) and YAML 1.2 (this program) may read
 * differently, or that a reviewer does not see. A text without ambiguities means the same to all of them. Text that is
 * not YAML is not checked here.
 */
export function ambiguitiesIn(text: string, content: Content = "document"): Ambiguity[] {
  const all = [...charactersOf(text), ...tokensOf(text, content), ...(content === "objects" ? separatorsOf(text) : [])];
  const lines = new LineCounter();
  for (const { index } of text.matchAll(/\n/g)) lines.addNewLine(index + 1);
  lines.lineStarts.unshift(0);
  return all
    .sort((one, other) => one.offset - other.offset)
    .map(({ offset, message }) => {
      const { line, col } = lines.linePos(offset);
      return { line, column: col, message };
    });
}

interface Found {
  readonly offset: number;
  readonly message: string;
}

/** Line breaks of YAML 1.1, the byte order mark, control characters, and characters that change the display order. */
const CHARACTERS =
  /\r(?!\n)|[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g;

function charactersOf(text: string): Found[] {
  const found = [...text.matchAll(CHARACTERS)].map(({ index, 0: character }) => {
    const code = character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    const message =
      `got the character U+${code}; expected printable text and ordinary line ends: it may end a line, or not show. ` +
      `Remove it, or write "\\u${code.toLowerCase()}" in double quotes.`;
    return { offset: index, message };
  });
  // Readers before https://github.com/helm/helm/issues/32506 drop such a line.
  const lastLine = text.slice(text.lastIndexOf("\n") + 1);
  if (Buffer.byteLength(lastLine) < 4_096) return found;
  const message = "got a long last line without a line end; expected one: some readers drop the line. Add it.";
  return [...found, { offset: text.length - lastLine.length, message }];
}

/**
 * Kubernetes splits a file at each line that begins with three hyphens, and drops the rest of that line.
 * https://github.com/kubernetes/apimachinery/blob/v0.34.1/pkg/util/yaml/decoder.go
 */
function* separatorsOf(text: string): Generator<Found> {
  for (const { index, 0: line } of text.matchAll(/^---.*$/gm)) {
    if (/^---\r?$/.test(line)) continue;
    yield found(
      { offset: index },
      `a line that begins with --- and goes on`,
      "--- alone. Put the rest on its own line.",
    );
  }
}

/** Checks each token in its written form. */
function* tokensOf(text: string, content: Content): Generator<Found> {
  let documents = 0;
  for (const token of new Parser().parse(text)) {
    if (token.type === "directive") yield found(token, "a directive of YAML", "none. Remove the line.");
    if (token.type === "doc-end") yield found(token, "the end of a document (...)", "none. Remove the line.");
    if (token.type !== "document") continue;
    if (content === "objects") {
      if (token.value && token.value.type !== "block-map")
        yield found(token, "a document that is no mapping with a line for each key", "an object. Write it so.");
    } else if (++documents > 1) yield found(token, "another document", "one. Remove the line --- between them.");
    yield* marks(token.start);
    yield* value(token.value, false);
  }
}

function found({ offset }: { readonly offset: number }, got: string, rest: string): Found {
  return { offset, message: `got ${got}; expected ${rest}` };
}

/** Marks before a value or a key that change its meaning. */
const MARKS: Partial<Record<string, string>> = {
  anchor: "an anchor",
  tag: "a tag of YAML",
  "explicit-key-ind": 'a key written with "?"',
};

function* marks(tokens: readonly CST.Token[] = []): Generator<Found> {
  for (const token of tokens) {
    const got = MARKS[token.type];
    if (got !== undefined && "offset" in token) yield found(token, got, "none. Write out what it stands for.");
  }
}

function* value(token: CST.Token | null | undefined, inFlow: boolean): Generator<Found> {
  if (!token) return;
  if (CST.isCollection(token)) {
    for (const item of token.items) yield* itemOf(token, item);
  } else if (token.type === "block-scalar") {
    yield* marks(token.props);
    const header = token.props.find(({ type }) => type === "block-scalar-header");
    if (header && "source" in header && /\d/.test(header.source))
      yield found(token, `a block that says its indentation (${header.source})`, "none. Leave the digit out.");
    if (/[^\n]$/.test(token.source))
      yield found(token, "a block that ends the file without a line end", "one. Add it.");
  } else if (token.type === "alias") {
    yield found(token, `the alias ${token.source}`, "none. Write out what it stands for.");
  } else if (CST.isScalar(token)) {
    yield* scalar(token, { isKey: false, inFlow });
  }
}

function* itemOf(collection: CST.Token, { start, key, sep, value: its }: CST.CollectionItem): Generator<Found> {
  const inFlow = collection.type === "flow-collection";
  yield* marks(start);
  yield* marks(sep);
  const isPair = sep !== undefined && collection.type !== "block-seq";
  // In braces, a key may have no colon. The parser then returns it as the item's value.
  const isKeyAlone = !isPair && inFlow && collection.start.source === "{";
  if (isPair) {
    const colon = sep.findIndex(({ type }) => type === "map-value-ind");
    yield* keyOf(key, sep[0] ?? { offset: 0 }, inFlow);
    const tight = sep[colon];
    if (inFlow && tight && key && CST.isScalar(key) && key.type === "scalar" && sep.length === colon + 1)
      yield found(tight, "a colon without a space behind it", "one. Put it there.");
  } else if (isKeyAlone && its) yield* keyOf(its, { offset: 0 }, inFlow);
  if (!isKeyAlone) yield* value(its, inFlow);
}

function* keyOf(
  token: CST.Token | null | undefined,
  place: { readonly offset: number },
  inFlow: boolean,
): Generator<Found> {
  if (token && CST.isScalar(token)) yield* scalar(token, { isKey: true, inFlow });
  else yield found(token ? { offset: token.offset } : place, "a key that is no text", "a text. Write it in quotes.");
}

/** Escapes that every parser knows. A single surrogate is not one of them. */
const ESCAPES = /^"(?:[^\\]|\\[\\"nt]|\\u(?!d[89a-f])[\da-f]{4})*"$/i;

function* scalar(
  token: CST.FlowScalar | CST.BlockScalar,
  { isKey, inFlow }: { readonly isKey: boolean; readonly inFlow: boolean },
): Generator<Found> {
  const { type, source } = token;
  if (type === "block-scalar") return;
  if (source.includes("\n"))
    yield found(token, "text over several lines", "one line. Put it on one, or write it as a block with |.");
  else if (isKey && /^(["']?)<<\1$/.test(source))
    yield found(token, "a merge key (<<)", "none. Write out the keys that it brings.");
  else if (type === "scalar" && (!isPlain(source, isKey) || (inFlow && /^\?|:$/.test(source))))
    yield found(token, `${source} without quotes`, "what every reader of YAML takes for the same. Put it in quotes.");
  else if (type === "double-quoted-scalar" && !ESCAPES.test(source))
    yield found(
      token,
      `${source} with its escape`,
      'no other than \\\\, \\", \\n, \\t and \\u with a character. Use these.',
    );
}

/** Values other than text that all parsers read alike. */
const SAME = /^(?:true|false|null|~|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)$/;
/**
 * Words that some parser does not read as text: booleans, null, numbers to the bases 2, 8, 10, 16 and 60, and
 * timestamps.
 */
const NO_TEXT = new RegExp(
  [
    /^(?:y|n|yes|no|on|off|true|false|null|~|=|<<)$/,
    /^[-+]?(?:0[xob][\da-f_]*|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:e[-+]?[\d_]*)?|\d[\d_]*(?::[\d_]+)+(?:\.[\d_]*)?)$/,
    /^[-+]?\.(?:inf|nan)$/,
    /^\d{4}-\d{1,2}-\d{1,2}(?:$|[t\s])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "i",
);

/** Whether every parser reads a word without quotes as text. */
export function isText(source: string): boolean {
  return !NO_TEXT.test(source);
}

function isPlain(source: string, isKey: boolean): boolean {
  if (isText(source)) return true;
  if (isKey || !SAME.test(source)) return false;
  return !/\d/.test(source) || Number.isFinite(Number(source));
}
