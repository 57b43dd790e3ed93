import { CST, isMap, isScalar, type LineCounter, type Node, type Pair, type Scalar, type YAMLMap } from "yaml";
import { Failure } from "../failure";
import { parseValues } from "./parse";

/** One key of the image with its value, as places in the file's text. */
export interface Field {
  /** Where the key begins. */
  readonly start: number;
  /** Where what separates the key from the one before begins; in a flow mapping that is the comma. */
  readonly separator: number;
  /** The value as it is written, with its quotes. */
  readonly source: string;
  /** Where the value begins. */
  readonly offset: number;
  /** What the value says. */
  readonly text: string;
}

/** Where a values file says which image runs. */
export interface ImageFields {
  readonly repository: string | undefined;
  readonly tag: Field;
  readonly digest: Field | undefined;
  /** The keys' places, in their order. */
  readonly starts: readonly number[];
  /** The whole mapping's place where it is written in braces; undefined where each key has a line. */
  readonly flow: { readonly start: number; readonly end: number } | undefined;
}

/**
 * Finds the image in a values file.
 * @param file The file's name, for messages.
 * @throws {Failure} with file, line and column where {@link parseValues} does, where the text has no `image.tag`, or
 *   where its value is no text on one line.
 */
export function findImage(text: string, file: string): ImageFields {
  const { root, lines } = parseValues(text, file);
  const path = new EditedPath(file, lines);
  const image = path.entry(root, "image");
  if (!image) throw path.failure(0, "image: got nothing; expected repository and tag of an image. Add them.");
  const map = image.value;
  if (!isMap(map)) throw path.failure(startOf(map, image), "image: expected a mapping with the key tag. Write it so.");
  const tag = path.entry(map, "tag");
  if (!tag) throw path.failure(startOf(map, image), "image.tag: got nothing; expected the image's tag. Add it.");
  const digest = path.entry(map, "digest");
  const repository = map.get("repository");
  return {
    repository: typeof repository === "string" ? repository : undefined,
    tag: path.field(tag, "image.tag"),
    digest: digest && path.field(digest, "image.digest"),
    starts: map.items.map((pair) => startOf(pair.key, pair)),
    flow: map.flow === true ? { start: map.range?.[0] ?? 0, end: map.range?.[1] ?? 0 } : undefined,
  };
}

/** Refuses what stands on the way to a value and would make its edit unsafe. */
class EditedPath {
  constructor(
    private readonly file: string,
    private readonly lines: LineCounter,
  ) {}

  failure(offset: number, text: string): Failure {
    const { line, col } = this.lines.linePos(offset);
    return new Failure(`${this.file}:${Math.max(1, line)}:${Math.max(1, col)}: ${text}`);
  }

  /** A key of a mapping with its value; undefined where it is not there. */
  entry(map: YAMLMap, key: string): Pair | undefined {
    return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
  }

  field(pair: Pair, name: string): Field {
    const { key, value, srcToken } = pair;
    const start = startOf(key, pair);
    const token = isScalar(value) ? value.srcToken : undefined;
    const isText = CST.isScalar(token) && token.type !== "block-scalar" && !token.source.includes("\n");
    if (!isScalar(value) || !isText) {
      const got = isScalar(value) ? (token ? "text over several lines" : "nothing") : "something else";
      throw this.failure(startOf(value, pair), `${name}: got ${got}; expected text on one line. Put it in quotes.`);
    }
    const separator = srcToken?.start[0]?.offset ?? start;
    return { start, separator, source: token.source, offset: token.offset, text: textOf(value, token.source) };
  }
}

/** A number in place of text is taken as it is written: an edit then mends it. */
function textOf({ value }: Scalar, source: string): string {
  return typeof value === "string" ? value : source;
}

function startOf(node: unknown, { key }: Pair): number {
  return (node as Node | null)?.range?.[0] ?? (key as Node | null)?.range?.[0] ?? 0;
}
