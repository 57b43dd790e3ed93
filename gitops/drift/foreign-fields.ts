import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "../../clients/kubernetes";
import type { Finding } from "./finding";
import { isKnown, isScaledBy, type Surroundings } from "./known-fields";
import { type Held, heldBelow, heldByOthers, heldOf, type Owner, recordedKeys } from "./managed-fields";
import { nameOf } from "./object-name";
import { isMap } from "../values/differences";
import { fieldOf, isSet, itemOf, listKeys, pathOfSteps, type Place, ROOT } from "./paths";
import type { Undo, Undoing } from "./undo";

/**
 * The name by which Argo CD's application controller applies:
 * https://github.com/argoproj/argo-cd/blob/v3.6.1/common/common.go
 */
export const ARGOCD = "argocd-controller";

/** What the API server and its clients keep in every object, and what is no desired state. */
const NEVER = new Set([
  ...["apiVersion", "kind", "status"],
  ...["name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields"].map(
    inMetadata,
  ),
  ...["selfLink", "generateName", "deletionTimestamp", "deletionGracePeriodSeconds"].map(inMetadata),
]);

function inMetadata(name: string): string {
  return `metadata.${name}`;
}

/** One place of the live object, beside what is declared for it. */
interface Spot {
  readonly place: Place;
  readonly live: unknown;
  /** One for each state of Git that may be meant, where that declares the place. */
  readonly declared: readonly unknown[];
  readonly held: readonly Held[];
  /** The list's item that the place is in, or the nearest object around it. */
  readonly parent: unknown;
}

/**
 * The fields of an object that nobody declared: what is live, less what is declared, less what the cluster itself sets.
 * A field that Git declares too is not among them: Argo CD shows where that differs.
 * @param declared The object as Git renders it: at the commit that was applied and at the one that was compared, where
 * these differ.
 */
export function foreignFields(
  live: KubernetesObject,
  declared: readonly object[],
  surroundings: Surroundings,
): Finding[] {
  const { autoscalers, undoing } = surroundings;
  const spots = extras({ place: ROOT, live, declared, held: heldOf(live), parent: live });
  return spots.flatMap(({ place, live: value, held, parent }): Finding[] => {
    const owners = held.map(({ owner }) => owner);
    if (isKnown(live, { pattern: place.pattern, value, parent, owners }, surroundings)) return [];
    const owner = likeliest(owners);
    const undo =
      place.path === "spec.replicas"
        ? undoing.replicas(
            live,
            value,
            autoscalers.find((each) => isScaledBy(live, each)),
          )
        : undoing.field(live, place, value);
    return [
      {
        kind: "foreign-field",
        object: nameOf(live),
        path: place.path,
        manager: owner?.manager ?? null,
        operation: owner?.operation ?? null,
        at: owner?.at ?? null,
        ...withController(undo, owner),
      },
    ];
  });
}

/**
 * Says that the guard lets some controllers in. Which one wrote a field is not known: the record has the name that it
 * gave itself, and the guard's settings have its account.
 */
export function withController({ undo, notes }: Undo, owner: Owner | undefined): Undo {
  const isPerson = owner === undefined || owner.manager.startsWith("kubectl");
  const hint = "A controller that guard.controllers names may have written it, and then it writes it again.";
  return { undo, notes: isPerson ? notes : [hint, ...notes] };
}

/** Who of several wrote a field that is not in Git: the last one that is not Argo CD. */
function likeliest(owners: readonly Owner[]): Owner | undefined {
  const others = owners.filter(({ manager }) => manager !== ARGOCD);
  return (others.length > 0 ? others : owners).toSorted((a, b) => (b.at ?? "").localeCompare(a.at ?? ""))[0];
}

/** The places below one that are live and not declared: items of lists and the values of fields. */
function extras(spot: Spot): Spot[] {
  const { place, live, declared, held } = spot;
  if (isMap(live)) {
    const parent = live;
    return Object.entries(live).flatMap(([name, value]) => {
      const next = fieldOf(place, name);
      if (NEVER.has(next.pattern) || isEmpty(value)) return [];
      const below = declared.flatMap((each) => (isMap(each) && !isEmpty(each[name]) ? [each[name]] : []));
      return extras({ place: next, live: value, declared: below, held: heldBelow(held, { field: name }), parent });
    });
  }
  if (!Array.isArray(live)) return declared.length === 0 ? [spot] : [];
  const keys = listKeys(place.pattern) ?? recordedKeys(held);
  if (keys === undefined && !isSet(place.pattern)) return declared.length === 0 ? [spot] : [];
  return live.flatMap((item: unknown, index) => {
    const next = itemOf(place, item, index, keys);
    const holders = heldBelow(held, { item, index });
    const same = declared.flatMap((each) =>
      Array.isArray(each) ? (each as unknown[]).filter((one) => isSame(one, item, keys)) : [],
    );
    const below = { place: next, live: item, declared: same, held: holders, parent: item };
    return same.length === 0 ? [below] : extras(below);
  });
}

/** Nothing is there: an empty object or list says what its absence says. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isSame(one: unknown, item: unknown, keys: readonly string[] | undefined): boolean {
  if (keys === undefined || !isMap(one) || !isMap(item)) return isDeepStrictEqual(one, item);
  // The API server takes TCP for a port whose protocol is not declared.
  const value = (object: Readonly<Record<string, unknown>>, key: string) =>
    object[key] ?? (key === "protocol" ? "TCP" : undefined);
  return keys.every((key) => isDeepStrictEqual(value(one, key), value(item, key)));
}

/**
 * What stands for an object's declaration where Git cannot be asked: the fields that Argo CD holds. It is weaker,
 * because anyone who uses Argo CD's name holds them too.
 */
export function appliedFields(live: KubernetesObject): object {
  const own = heldOf(live).filter(({ owner }) => owner.manager === ARGOCD);
  const applied = own.filter(({ owner }) => owner.operation === "Apply");
  const fields = project(live, applied.length > 0 ? applied : own, ROOT);
  return isMap(fields) ? fields : {};
}

function project(value: unknown, held: readonly Held[], place: Place): unknown {
  if (held.length === 0) return undefined;
  if (isMap(value)) {
    const fields = Object.entries(value).map(([name, below]) => {
      return [name, project(below, heldBelow(held, { field: name }), fieldOf(place, name))] as const;
    });
    return Object.fromEntries(fields.filter(([, below]) => below !== undefined));
  }
  if (!Array.isArray(value)) return value;
  const keys = listKeys(place.pattern) ?? recordedKeys(held);
  if (keys === undefined && !isSet(place.pattern)) return value;
  return value.flatMap((item: unknown, index) => {
    const below = project(item, heldBelow(held, { item, index }), itemOf(place, item, index, keys));
    if (below === undefined) return [];
    // The keys stay even where somebody else holds them: by them the items are told apart.
    const named = (keys ?? []).flatMap((key) => (isMap(item) && key in item ? [[key, item[key]] as const] : []));
    return [isMap(below) ? { ...Object.fromEntries(named), ...below } : below];
  });
}

/** The same for an object of which only the metadata is known, such as a Secret: by the record of who wrote what. */
export function foreignFieldsByRecord(object: KubernetesObject, undoing: Undoing): Finding[] {
  const name = nameOf(object);
  const isExpected = ({ manager }: Owner) => manager === ARGOCD || manager === "kube-controller-manager";
  const isConcerned = (path: string) => !path.startsWith("status");
  return fieldsOfOthers(object, isExpected, isConcerned).map(({ path, owner }) => ({
    ...{ kind: "foreign-field", object: name, path, manager: owner.manager, operation: owner.operation, at: owner.at },
    ...withController(undoing.byHand(name), owner),
  }));
}

/** The fields of an object that others than the expected managers hold, from its metadata alone. */
export function fieldsOfOthers(
  object: KubernetesObject,
  isExpected: (owner: Owner) => boolean,
  isConcerned: (path: string) => boolean,
): { readonly path: string; readonly owner: Owner }[] {
  return heldByOthers(object, isExpected)
    .map(({ steps, owner }) => ({ path: pathOfSteps(steps), owner }))
    .filter(({ path }) => isConcerned(path));
}
