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
 * The strings of a resource that anyone with access to the stack's state, the cluster or the repository can read: those
 * of all Kubernetes objects except Secrets, and the contents of repository files. Leaves out CustomResourceDefinitions,
 * which contain megabytes of schemas and no secrets.
 */
export function readableStrings({ type, props }: Resource): StringAtPath[] {
  if (type === GITHUB.file) return [{ path: "content", text: String(props.content) }];
  if (!type.startsWith("kubernetes:") || type === TYPES.secret || type === TYPES.definition) return [];
  return stringsIn(props, "");
}

/** All strings in a value, with their paths, which start with `path`. */
export function stringsIn(value: unknown, path: string): StringAtPath[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => stringsIn(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    stringsIn(child, path === "" ? key : `${path}${segment(key)}`),
  );
}

function segment(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `["${key}"]`;
}
