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
 * The texts of a resource that whoever reads the stack's state, the cluster or the repository reads: every one of a
 * Kubernetes object but for Secrets, and the files of the repository. Definitions hold schemas only, and are many
 * megabytes.
 */
export function readableTexts({ type, props }: Resource): Text[] {
  if (type === GITHUB.file) return [{ path: "content", text: String(props.content) }];
  if (!type.startsWith("kubernetes:") || type === TYPES.secret || type === TYPES.definition) return [];
  return texts(props, "");
}

/** Every text in a value, below a path. */
export function texts(value: unknown, path: string): Text[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => texts(item, `${path}[${index}]`));
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => texts(child, path === "" ? key : `${path}${step(key)}`));
}

function step(key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `.${key}` : `["${key}"]`;
}
