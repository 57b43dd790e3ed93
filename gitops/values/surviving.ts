import { isDeepStrictEqual } from "node:util";
import { parse } from "yaml";
import { isMap } from "./leaves";

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
