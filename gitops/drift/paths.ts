import { isMap } from "../values/differences";

/** A place in an object: for people, for tables of known fields, and for JSON patches. */
export interface Place {
  /** `spec.template.spec.containers[name=api].env[name=DEBUG]`. */
  readonly path: string;
  /** The same for every item of a list: `spec.template.spec.containers[].env[]`. */
  readonly pattern: string;
  /** A JSON pointer (RFC 6901), as the object is now. */
  readonly pointer: string;
}

/** The object itself. */
export const ROOT: Place = { path: "", pattern: "", pointer: "" };

/** The place of a named field. */
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

/** The place of a path that goes through named fields only; undefined where it goes through an item of a list. */
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

/** The place of a list's item. @param keys What tells it from the others; undefined: it is a value of a set. */
export function itemOf(place: Place, item: unknown, index: number, keys: readonly string[] | undefined): Place {
  return {
    path: place.path + itemText(item, keys),
    pattern: `${place.pattern}[]`,
    pointer: `${place.pointer}/${index}`,
  };
}

/** `[name=api]`, or `[value]`. */
export function itemText(item: unknown, keys: readonly string[] | undefined): string {
  if (keys === undefined || !isMap(item)) return `[${text(item)}]`;
  const parts = keys.filter((key) => item[key] !== undefined).map((key) => `${key}=${text(item[key])}`);
  return `[${parts.join(",")}]`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A path of the API server's record (`f:spec`, `k:{"name":"api"}`), in the form of {@link Place.path}. */
export function pathOfSteps(steps: readonly string[]): string {
  return steps.reduce((path, step) => {
    const rest = step.slice(2);
    if (step.startsWith("f:")) return fieldOf({ ...ROOT, path }, rest).path;
    if (step.startsWith("i:")) return `${path}[${rest}]`;
    const value: unknown = JSON.parse(rest);
    return path + itemText(value, isMap(value) ? Object.keys(value) : undefined);
  }, "");
}

/**
 * By which fields the API server tells the items of its own lists apart; a list that is not here is replaced as a
 * whole.
 */
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

/** The keys of a list of the API server's own kinds. */
export function listKeys(pattern: string): readonly string[] | undefined {
  return KEYS.find(([list]) => list.test(pattern))?.[1];
}

/** Whether a list is a set of values. */
export function isSet(pattern: string): boolean {
  return pattern === "metadata.finalizers";
}
