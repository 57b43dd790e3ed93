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
