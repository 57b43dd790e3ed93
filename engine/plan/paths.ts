import { isObject, Secret } from "../protocol/values";

/** One segment of a property path: a key, an index, or `*` for all keys or indexes. */
export type PathSegment = string | number;

/** Parses a property path, for example `spec.ports[0].name`, `data["a.b"]` or `*`. Throws if it is malformed. */
export function parsePath(path: string): PathSegment[] {
  const segments: PathSegment[] = [];
  const pattern = /\.?(?:\[(\d+|\*)\]|\["((?:[^"\\]|\\.)*)"\]|([^.[\]"]+))/y;
  while (pattern.lastIndex < path.length) {
    const match = pattern.exec(path);
    if (match === null) {
      throw new Error(`got path ${path}; expected keys and indexes such as spec.ports[0] or data["a.b"].`);
    }
    const [, index, quoted, key] = match;
    if (index !== undefined) segments.push(index === "*" ? index : Number(index));
    else if (quoted !== undefined) segments.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else if (key !== undefined) segments.push(key);
  }
  return segments;
}

/** Whether the path `inner` equals `outer` or lies below it. */
export function covers(outer: string, inner: string): boolean {
  const segments = parsePath(inner);
  return parsePath(outer).every(
    (segment, index) => index < segments.length && (segment === "*" || segment === segments[index]),
  );
}

/**
 * Applies `ignoreChanges`: returns the new inputs with the old value at every ignored path, or without the path if the
 * old inputs do not have it. Like Pulumi, throws if the new inputs lack an object that leads to an old value, because
 * then there is no place to keep it.
 */
export function keepIgnored(
  paths: string[],
  old: Record<string, unknown>,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  return paths.reduce((kept, path) => {
    const result = reset(parsePath(path), old, kept);
    if (!isObject(result)) throw new Error(`ignoreChanges: got ${path}; expected a path below the resource's inputs.`);
    return result;
  }, inputs);
}

function reset(segments: PathSegment[], old: unknown, now: unknown): unknown {
  const [segment, ...rest] = segments;
  if (segment === undefined) return old;
  if (now instanceof Secret || old instanceof Secret) {
    throw new Error(
      `ignoreChanges: got a path into a secret value, at ${String(segment)}; expected a path that ends at the ` +
        "secret. Shorten the path.",
    );
  }
  if (Array.isArray(now) && (old === undefined || Array.isArray(old))) return resetList(segment, rest, old ?? [], now);
  if (isObject(now) && (old === undefined || isObject(old))) return resetObject(segment, rest, old ?? {}, now);
  if (old === undefined || valueAt(segments, old) === undefined) return now;
  throw new Error(
    `ignoreChanges: got a path through ${String(segment)}, which is in the old inputs but not in the new ones; ` +
      "expected it in both. Keep it in the program, or shorten the path.",
  );
}

function resetObject(
  segment: PathSegment,
  rest: PathSegment[],
  old: Record<string, unknown>,
  now: Record<string, unknown>,
): unknown {
  const keys = segment === "*" ? [...new Set([...Object.keys(old), ...Object.keys(now)])] : [String(segment)];
  const result = { ...now };
  for (const key of keys) {
    const value = reset(rest, old[key], now[key]);
    if (value === undefined) Reflect.deleteProperty(result, key);
    else result[key] = value;
  }
  return result;
}

function resetList(segment: PathSegment, rest: PathSegment[], old: unknown[], now: unknown[]): unknown {
  // `*` at the end ignores changes of the whole list, including its length.
  if (segment === "*" && rest.length === 0) return old;
  return now.map((item, index) => (segment === "*" || segment === index ? reset(rest, old[index], item) : item));
}

function valueAt(segments: PathSegment[], value: unknown): unknown {
  return segments.reduce<unknown>((inner, segment) => {
    if (segment === "*") return inner;
    if (Array.isArray(inner)) return (inner as unknown[])[Number(segment)];
    return isObject(inner) ? inner[String(segment)] : undefined;
  }, value);
}
