import { isDeepStrictEqual } from "node:util";

/**
 * The paths at which two values differ, in Pulumi's notation: `spec.replicas`, `containers[0].image`, `data["a.b"]`. An
 * absent property equals one that is undefined.
 */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => changedPaths(before[index], after[index], `${path}[${index}]`)).flat();
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changedPaths(before[key], after[key], join(path, key)));
  }
  return [path];
}

/** Whether a path equals a property or lies below it: `spec.selector.matchLabels` is within `spec.selector`. */
export function isWithin(path: string, property: string): boolean {
  return path === property || (path.startsWith(property) && [".", "["].includes(path.charAt(property.length)));
}

function join(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
