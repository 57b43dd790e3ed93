import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { isMap } from "@gitops-platform/contract/values/plain";

/** A field manager, as the API server recorded it. */
export interface Owner {
  readonly manager: string;
  readonly operation: string;
  /** ISO 8601; null: it is not recorded. */
  readonly at: string | null;
  /** The subresource, such as `scale`; null: the object itself. */
  readonly subresource: string | null;
}

/**
 * A set of fields in the API server's form:
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#managing-fields
 */
export interface FieldSet {
  readonly [key: string]: FieldSet;
}

/** What an owner owns at one place of an object. Without keys: everything there. */
export interface Held {
  readonly owner: Owner;
  readonly fields: FieldSet;
}

/** A step from a place of an object to a place below it. */
export type Step = { readonly field: string } | { readonly item: unknown; readonly index: number };

interface Entry {
  manager?: string;
  operation?: string;
  time?: string;
  subresource?: string;
  fieldsV1?: FieldSet;
}

/** What each owner owns of an object, without its status, which contains no desired state. */
export function heldOf(object: KubernetesObject): Held[] {
  const { managedFields } = object.metadata;
  if (!Array.isArray(managedFields)) return [];
  return (managedFields as Entry[]).flatMap(({ manager = "", operation = "", time, subresource, fieldsV1 }) => {
    // An entry without fields remains after the record was cleared.
    if (subresource === "status" || !isMap(fieldsV1) || Object.keys(fieldsV1).length === 0) return [];
    const at = time === undefined || Number.isNaN(Date.parse(time)) ? null : new Date(time).toISOString();
    return [{ owner: { manager, operation, at, subresource: subresource ?? null }, fields: fieldsV1 }];
  });
}

/** What is owned one step further down. An owner of a whole place owns everything below it. */
export function heldBelow(held: readonly Held[], step: Step): Held[] {
  return held.flatMap(({ owner, fields }) => {
    if (isWhole(fields)) return [{ owner, fields }];
    const below = "field" in step ? fields[`f:${step.field}`] : itemOf(fields, step);
    return below === undefined ? [] : [{ owner, fields: below }];
  });
}

function isWhole(fields: FieldSet): boolean {
  return Object.keys(fields).length === 0;
}

function itemOf(fields: FieldSet, { item, index }: { item: unknown; index: number }): FieldSet | undefined {
  const key = Object.keys(fields).find((each) => {
    if (each === `i:${index}`) return true;
    if (each.startsWith("v:")) return isDeepStrictEqual(parse(each.slice(2)), item);
    if (!each.startsWith("k:") || !isMap(item)) return false;
    const wanted = parse(each.slice(2));
    return isMap(wanted) && Object.entries(wanted).every(([name, value]) => isDeepStrictEqual(item[name], value));
  });
  return key === undefined ? undefined : fields[key];
}

/**
 * The fields by which the API server identifies a list's items; undefined if nobody owns single items.
 */
export function recordedKeys(held: readonly Held[]): readonly string[] | undefined {
  for (const { fields } of held) {
    const key = Object.keys(fields).find((each) => each.startsWith("k:"));
    const wanted = key === undefined ? undefined : parse(key.slice(2));
    if (isMap(wanted)) return Object.keys(wanted);
  }
  return undefined;
}

/**
 * The fields that only unexpected owners own, from an object's metadata alone.
 */
export function heldByOthers(
  object: KubernetesObject,
  isExpected: (owner: Owner) => boolean,
): { readonly steps: readonly string[]; readonly owner: Owner }[] {
  const held = heldOf(object);
  const expected = held.filter(({ owner }) => isExpected(owner)).map(({ fields }) => fields);
  return held
    .filter(({ owner }) => !isExpected(owner))
    .flatMap(({ owner, fields }) => leaves(fields, expected).map((steps) => ({ steps, owner })));
}

/** The leaves of a set that the other sets do not have. An item that the set created (`.`) counts as one leaf. */
function leaves(fields: FieldSet, others: readonly FieldSet[], steps: readonly string[] = []): string[][] {
  if (steps.length > 0 && others.some(isWhole)) return [];
  if (isWhole(fields)) return others.length > 0 ? [] : [[...steps]];
  const isItem = steps.at(-1)?.startsWith("k:") === true;
  if (isItem && "." in fields && !others.some((other) => "." in other)) return [[...steps]];
  return Object.entries(fields)
    .filter(([key]) => key !== ".")
    .flatMap(([key, below]) => {
      const same = others.flatMap((other) => other[key] ?? []);
      return leaves(below, same, [...steps, key]);
    });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
