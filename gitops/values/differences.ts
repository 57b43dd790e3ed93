import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";

/** Where two readings of a file differ first. */
export interface Difference {
  /** The key's path: `image.tag`; empty: the whole. */
  readonly path: string;
  /** What stands there in the one and in the other; undefined: nothing. */
  readonly one: unknown;
  readonly other: unknown;
}

/**
 * The first difference between two readings, as JSON has values; undefined where there is none. A file without values
 * is one with none.
 */
export function firstDifference(one: unknown, other: unknown): Difference | undefined {
  return differenceAt(one ?? {}, other ?? {}, "");
}

function differenceAt(one: unknown, other: unknown, path: string): Difference | undefined {
  if (!isCollection(one) || !isCollection(other) || Array.isArray(one) !== Array.isArray(other)) {
    return one === other ? undefined : { path, one, other };
  }
  const [ours, theirs] = [new Map(Object.entries(one)), new Map(Object.entries(other))];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const below = path === "" ? key : `${path}.${key}`;
    if (!ours.has(key) || !theirs.has(key)) return { path: below, one: ours.get(key), other: theirs.get(key) };
    const found = differenceAt(ours.get(key), theirs.get(key), below);
    if (found) return found;
  }
  return undefined;
}

function isCollection(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** What a values file says, as far as a comparison of two needs it. */
export interface ValuesSummary {
  /**
   * The image's tag, with `@sha256:…` where there is a digest; null where there is none, or the file cannot be read.
   */
  readonly image: string | null;
  /** The image's registry and path; null where the file does not say it, or cannot be read. */
  readonly repository: string | null;
  /** All other values; the text of a file that cannot be read. */
  readonly others: unknown;
}

/**
 * Reads any values file that there ever was, so nothing is refused: what is not YAML has no image. Who goes on with the
 * image reads it by image.ts, which is strict.
 */
export function summarizeValues(text: string): ValuesSummary {
  try {
    const values: unknown = parse(text, { logLevel: "error" });
    if (!isMap(values) || !isMap(values.image)) return { image: null, repository: null, others: values };
    const { tag, digest, ...image } = values.image;
    const repository = typeof image.repository === "string" ? image.repository : null;
    return { image: formatImage(tag, digest), repository, others: { ...values, image } };
  } catch {
    return { image: null, repository: null, others: text };
  }
}

/** The image of values; null where there are none, or none in them. */
export function imageOf(text: string | undefined): string | null {
  return text === undefined ? null : summarizeValues(text).image;
}

/** How trailers and tables write a version: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
function formatImage(tag: unknown, digest: unknown): string | null {
  if (!["string", "number"].includes(typeof tag) || tag === "") return null;
  return typeof digest === "string" && digest !== "" ? `${String(tag)}@${digest}` : String(tag);
}

/**
 * Whether anything that a change made of a values file is still as it made it: a key that it set, or took away, and
 * that no later change touched.
 * @param before The file's text before the change; undefined: there was none.
 * @param after Its text after it.
 * @param now Its text today.
 * @returns true, too, where one of them cannot be read.
 */
export function survives(before: string | undefined, after: string | undefined, now: string | undefined): boolean {
  const [was, made, is] = [before, after, now].map(valuesOf);
  if (!was || !made || !is) return true;
  const changed = [...new Set([...was.keys(), ...made.keys()])].filter(
    (key) => !isDeepStrictEqual(was.get(key), made.get(key)),
  );
  return changed.some((key) => isDeepStrictEqual(made.get(key), is.get(key)));
}

/** Each value that is no mapping, by its path; empty where there is no file. */
function valuesOf(text: string | undefined): Map<string, unknown> | undefined {
  try {
    return text === undefined ? new Map() : new Map(entries(parse(text, { logLevel: "error" }), []));
  } catch {
    return undefined;
  }
}

/** A path as JSON: a key may have any character. */
function entries(value: unknown, path: readonly string[]): [string, unknown][] {
  const children = isMap(value) ? Object.entries(value) : [];
  if (children.length === 0) return [[JSON.stringify(path), value]];
  return children.flatMap(([key, child]) => entries(child, [...path, key]));
}

/** Whether a value has named fields. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Every value that is not a mapping, by its path: `resources.limits.cpu`. Empty mappings count: they are values too.
 */
export function leaves(value: unknown, path = ""): Map<string, unknown> {
  if (!isMap(value)) return new Map([[path, value]]);
  const entries = Object.entries(value);
  if (entries.length === 0) return new Map(path === "" ? [] : [[path, value]]);
  return new Map(entries.flatMap(([key, child]) => [...leaves(child, path === "" ? key : `${path}.${key}`)]));
}
