import { parseAllDocuments } from "yaml";
import { isMap } from "@gitops-platform/contract/values/plain";
import { type PodSpec, podSpecOf } from "@gitops-platform/policy/pods";

/** The fields of a rendered object that the checks read. */
export interface RenderedObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly generateName?: string;
    readonly ownerReferences?: unknown;
    readonly labels?: Readonly<Record<string, unknown>> | null;
    readonly annotations?: Readonly<Record<string, unknown>> | null;
  };
  readonly spec?: unknown;
  readonly data?: unknown;
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
}

/** The objects in rendered manifests, which have no lists. Leaves out keys whose value is null, as Kubernetes does. */
export function objectsOf(manifests: string): RenderedObject[] {
  const documents = [...parseAllDocuments(manifests, { logLevel: "error" })];
  return documents
    .map((document): unknown => document.toJS())
    .filter(isMap)
    .map((object) => withoutNulls(object) as RenderedObject);
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, withoutNulls(item)]));
}

/** The spec of the pods that an object creates; undefined if it creates none. */
export function podOf(object: RenderedObject): PodSpec | undefined {
  const { apiVersion = "", kind = "" } = object;
  // The rules recognise objects with pods by Pulumi's name of their type.
  const type = `kubernetes:${apiVersion === "v1" ? "core/v1" : apiVersion}:${kind}`;
  return podSpecOf({ type, props: object });
}

/** The annotations of the pods that an object creates. */
export function podAnnotations({ kind, metadata, spec }: RenderedObject): Readonly<Record<string, unknown>> {
  if (kind === "Pod") return fields(metadata?.annotations);
  return fields(
    at(spec, ...(kind === "CronJob" ? ["jobTemplate", "spec"] : []), "template", "metadata", "annotations"),
  );
}

/** A mapping; an empty one for anything else. */
export function fields(value: unknown): Readonly<Record<string, unknown>> {
  return isMap(value) ? value : {};
}

/** A list; an empty one for anything else. */
export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** What is below the keys; undefined if something on the way is no mapping. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce((map: unknown, key) => (isMap(map) ? map[key] : undefined), value);
}

/** Whether a name is the service's, or of one of its parts. */
export function isOwn(name: unknown, service: string): boolean {
  return name === service || (typeof name === "string" && name.startsWith(`${service}-`));
}
