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
