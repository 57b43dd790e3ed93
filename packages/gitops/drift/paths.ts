import { isMap } from "@gitops-platform/contract/values/plain";
import { groupOf, type KubernetesObject } from "@gitops-platform/clients/kubernetes/object";
import { trackedObject } from "@gitops-platform/components/labels";

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** null: it is in no namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

export function nameOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectName {
  return { apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name };
}

/** Identifies an object in any version of its API. */
export function identity({ apiVersion, kind, namespace, name }: ObjectName): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace ?? ""}/${name}`;
}

/** The value of Argo CD's tracking annotation: the Application and the object. */
export function trackingId(application: string, { apiVersion, kind, namespace, name }: ObjectName): string {
  const object = trackedObject(String, { kind, namespace: namespace ?? "", name });
  return `${application}:${groupOf(apiVersion)}${object.join("")}`;
}

/** A place in an object, in three notations. */
export interface Place {
  /** For people: `spec.template.spec.containers[name=api].env[name=DEBUG]`. */
  readonly path: string;
  /** For tables of known fields, the same for every item of a list: `spec.template.spec.containers[].env[]`. */
  readonly pattern: string;
  /** For JSON patches: a JSON pointer (RFC 6901) into the current object. */
  readonly pointer: string;
}

export const ROOT: Place = { path: "", pattern: "", pointer: "" };

export function fieldOf({ path, pattern, pointer }: Place, name: string): Place {
  const dot = path === "" ? "" : ".";
  // Keys of labels and annotations have dots and slashes.
  const shown = /^\w+$/.test(name) ? `${dot}${name}` : `[${JSON.stringify(name)}]`;
  return {
    path: path + shown,
    pattern: pattern + (/^\w+$/.test(name) ? `${pattern === "" ? "" : "."}${name}` : `["${name}"]`),
    pointer: `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`,
  };
}

/** The place of a path of named fields; undefined if it contains an item of a list. */
export function placeOf(path: string): Place | undefined {
  const names = [...path.matchAll(/(?:^|\.)(\w+)|\[("(?:[^"\\]|\\.)*")\]/g)].map(
    ([, name, quoted]) => name ?? (JSON.parse(quoted ?? '""') as string),
  );
  const place = names.reduce(fieldOf, ROOT);
  return place.path === path ? place : undefined;
}

/** The value at a path of {@link placeOf}; undefined where there is none. */
export function valueAt(object: unknown, { pointer }: Place): unknown {
  const names = pointer.split("/").slice(1);
  return names
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((value, name) => (isMap(value) && Object.hasOwn(value, name) ? value[name] : undefined), object);
}

/** The place of a list's item. @param keys the fields that identify it; undefined: it is a value of a set */
export function itemOf(place: Place, item: unknown, index: number, keys: readonly string[] | undefined): Place {
  return {
    path: place.path + itemText(item, keys),
    pattern: `${place.pattern}[]`,
    pointer: `${place.pointer}/${index}`,
  };
}

/** `[name=api]`, or `[value]`. */
function itemText(item: unknown, keys: readonly string[] | undefined): string {
  if (keys === undefined || !isMap(item)) return `[${text(item)}]`;
  const parts = keys.filter((key) => item[key] !== undefined).map((key) => `${key}=${text(item[key])}`);
  return `[${parts.join(",")}]`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A path of managedFields (`f:spec`, `k:{"name":"api"}`) as a {@link Place.path}. */
export function pathOfSteps(steps: readonly string[]): string {
  return steps.reduce((path, step) => {
    const rest = step.slice(2);
    if (step.startsWith("f:")) return fieldOf({ ...ROOT, path }, rest).path;
    if (step.startsWith("i:")) return `${path}[${rest}]`;
    const value: unknown = JSON.parse(rest);
    return path + itemText(value, isMap(value) ? Object.keys(value) : undefined);
  }, "");
}

/** The fields by which the API server identifies the items of its lists. It replaces all other lists as a whole. */
const KEYS: readonly [list: RegExp, keys: readonly string[]][] = [
  [/(^|\.)(containers|initContainers|ephemeralContainers|volumes|env|imagePullSecrets|secrets)$/, ["name"]],
  [/(containers|initContainers|ephemeralContainers)\[\]\.ports$/, ["containerPort", "protocol"]],
  [/^spec\.ports$/, ["port", "protocol"]],
  [/\.volumeMounts$/, ["mountPath"]],
  [/\.volumeDevices$/, ["devicePath"]],
  [/\.topologySpreadConstraints$/, ["topologyKey", "whenUnsatisfiable"]],
  [/\.hostAliases$/, ["ip"]],
  [/^metadata\.ownerReferences$/, ["uid"]],
];

export function listKeys(pattern: string): readonly string[] | undefined {
  return KEYS.find(([list]) => list.test(pattern))?.[1];
}

/** Whether a list is a set of values. */
export function isSet(pattern: string): boolean {
  return pattern === "metadata.finalizers";
}
