import { GITHUB } from "./github";
import { TYPES } from "./kubernetes";
import type { Resource } from "./rule";

/** A string in a resource's properties, with its path. */
export interface StringAtPath {
  /** In Pulumi's notation: `data["a.b"]`, `spec.containers[0].args[1]`. */
  readonly path: string;
  readonly text: string;
}

/**
 * The part of a resource that anyone with access to the stack's state, the cluster or the repository can read: all
 * Kubernetes objects except Secrets, and the contents of repository files. Leaves out CustomResourceDefinitions, which
 * contain megabytes of schemas and no secrets.
 */
export function readable({ type, props }: Pick<Resource, "type" | "props">): unknown {
  if (type === GITHUB.file) return { content: String(props.content) };
  return type.startsWith("kubernetes:") && type !== TYPES.secret && type !== TYPES.definition ? props : undefined;
}

/** All strings in a value. @param keys The path of the value itself. */
export function stringsIn(value: unknown, keys: readonly (string | number)[] = []): StringAtPath[] {
  if (typeof value === "string") return [{ path: pathOf(keys), text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => stringsIn(item, [...keys, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => stringsIn(child, [...keys, key]));
}

/** Writes keys of mappings and indices of lists as a path, as in {@link StringAtPath}. */
export function pathOf(keys: readonly (string | number)[]): string {
  return keys.map(segment).join("").replace(/^\./, "");
}

function segment(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
