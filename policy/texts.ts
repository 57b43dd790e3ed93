import { GITHUB } from "./github";
import { TYPES } from "./kubernetes";
import type { Resource } from "./rule";

/** A text in a resource's properties, and where it stands. */
export interface Text {
  /** As Pulumi writes paths: `data["a.b"]`, `spec.containers[0].args[1]`. */
  readonly path: string;
  readonly text: string;
}

/**
 * What of a resource can be read in the stack's state, the cluster or the repository: all of a Kubernetes object but
 * for Secrets, and the files of the repository. Definitions hold schemas only, and are many megabytes.
 */
export function readable({ type, props }: Pick<Resource, "type" | "props">): unknown {
  if (type === GITHUB.file) return { content: String(props.content) };
  return type.startsWith("kubernetes:") && type !== TYPES.secret && type !== TYPES.definition ? props : undefined;
}

/** Every text in a value. */
export function texts(value: unknown, keys: readonly (string | number)[] = []): Text[] {
  if (typeof value === "string") return [{ path: pathOf(keys), text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => texts(item, [...keys, index]));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => texts(child, [...keys, key]));
}

/** A place by the keys of mappings and the indices of lists that lead to it, as {@link Text} has it. */
export function pathOf(keys: readonly (string | number)[]): string {
  return keys.map(step).join("").replace(/^\./, "");
}

function step(key: string | number): string {
  if (typeof key === "number") return `[${key}]`;
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
