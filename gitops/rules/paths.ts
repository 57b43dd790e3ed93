/** A path in values, or a pattern of them: null stands for any one key, or any entry of a list. */
export type ValuePath = readonly (string | null)[];

const SEGMENT = /"[^"]+"|[^\s."*[\]]+|\*/y;

/** Reads `env.LOG_LEVEL`, `networkPolicy.egress.*.cidr` or `podAnnotations."example.com/team"`; undefined: none. */
export function parsePath(text: string): ValuePath | undefined {
  const path: (string | null)[] = [];
  for (let at = 0; ; at++) {
    SEGMENT.lastIndex = at;
    const [segment] = SEGMENT.exec(text) ?? [];
    if (segment === undefined) return undefined;
    path.push(segment === "*" ? null : segment.replace(/^"|"$/g, ""));
    at += segment.length;
    if (at === text.length) return path;
    if (text[at] !== ".") return undefined;
  }
}

/** Writes a path so that {@link parsePath} reads it. */
export function formatPath(path: ValuePath): string {
  return path.map((key) => (key === null ? "*" : /^[^\s."*[\]]+$/.test(key) ? key : `"${key}"`)).join(".");
}

/** Whether a pattern is of a path: as long, and alike. */
export function matchesPath(pattern: ValuePath, path: ValuePath): boolean {
  return pattern.length === path.length && isAlike(pattern, path);
}

/** Whether a pattern goes on below a path. */
export function goesBelow(pattern: ValuePath, path: ValuePath): boolean {
  return pattern.length > path.length && isAlike(pattern, path);
}

/** Whether one of two patterns is of something that is the other's, or below it. */
export function overlap(one: ValuePath, other: ValuePath): boolean {
  return isAlike(one, other);
}

function isAlike(one: ValuePath, other: ValuePath): boolean {
  const length = Math.min(one.length, other.length);
  return one.slice(0, length).every((key, index) => key === null || other[index] === null || key === other[index]);
}
