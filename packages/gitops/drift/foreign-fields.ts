import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import type { Finding } from "./finding";
import { isKnown, isScaledBy, type Surroundings } from "./known-fields";
import { type Held, heldBelow, heldByOthers, heldOf, type Owner, recordedKeys } from "./managed-fields";
import { fieldOf, isSet, itemOf, listKeys, nameOf, pathOfSteps, type Place, ROOT } from "./paths";
import { isMap } from "@gitops-platform/contract/values/plain";
import type { Undo, Undoing } from "./undo";

/**
 * The name by which Argo CD's application controller applies:
 * https://github.com/argoproj/argo-cd/blob/v3.6.1/common/common.go
 */
const ARGOCD = "argocd-controller";

/** Fields that the API server and its clients maintain, and that contain no desired state. */
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

/** A place of the live object, with its declared values. */
interface Spot {
  readonly place: Place;
  readonly live: unknown;
  /** One for each state of Git that declares the place. */
  readonly declared: readonly unknown[];
  readonly held: readonly Held[];
  /** The list's item that contains the place, or the nearest object around it. */
  readonly parent: unknown;
}

/**
 * The undeclared fields of an object: the live fields without the declared ones and without those that the cluster
 * sets. Argo CD shows differences in the declared fields itself.
 * @param declared the object as rendered from Git, at the applied commit and at the compared one if they differ
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
 * Adds a note that the guard permits some controllers. Which one wrote a field is not known: the record contains a name
 * that the client chose, and the guard's settings contain accounts.
 */
export function withController({ undo, notes }: Undo, owner: Owner | undefined): Undo {
  const isPerson = owner === undefined || owner.manager.startsWith("kubectl");
  const hint = "A controller that guard.controllers names may have written it, and then it writes it again.";
  return { undo, notes: isPerson ? notes : [hint, ...notes] };
}

/** The manager that wrote a field which is not in Git: the last one that is not Argo CD. */
function likeliest(owners: readonly Owner[]): Owner | undefined {
  const others = owners.filter(({ manager }) => manager !== ARGOCD);
  return (others.length > 0 ? others : owners).toSorted((a, b) => (b.at ?? "").localeCompare(a.at ?? ""))[0];
}

/** The live places below a place that are not declared: items of lists and values of fields. */
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

/** An empty object or list means the same as a missing one. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

function isSame(one: unknown, item: unknown, keys: readonly string[] | undefined): boolean {
  if (keys === undefined || !isMap(one) || !isMap(item)) return isDeepStrictEqual(one, item);
  // The API server's default protocol of a port is TCP.
  const value = (object: Readonly<Record<string, unknown>>, key: string) =>
    object[key] ?? (key === "protocol" ? "TCP" : undefined);
  return keys.every((key) => isDeepStrictEqual(value(one, key), value(item, key)));
}

/**
 * Replaces an object's declaration if Git cannot be read: the fields that Argo CD owns. It is weaker, because any
 * client can use Argo CD's name.
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
    // The keys stay even if another manager owns them, because they identify the items.
    const named = (keys ?? []).flatMap((key) => (isMap(item) && key in item ? [[key, item[key]] as const] : []));
    return [isMap(below) ? { ...Object.fromEntries(named), ...below } : below];
  });
}

/** The same from an object's metadata alone, such as a Secret's: by the record of who wrote what. */
export function foreignFieldsByRecord(object: KubernetesObject, undoing: Undoing): Finding[] {
  const name = nameOf(object);
  const isExpected = ({ manager }: Owner) => manager === ARGOCD || manager === "kube-controller-manager";
  const isConcerned = (path: string) => !path.startsWith("status");
  return fieldsOfOthers(object, isExpected, isConcerned).map(({ path, owner }) => ({
    ...{ kind: "foreign-field", object: name, path, manager: owner.manager, operation: owner.operation, at: owner.at },
    ...withController(undoing.byHand(name), owner),
  }));
}

/** The fields of an object that unexpected managers own, from its metadata alone. */
export function fieldsOfOthers(
  object: KubernetesObject,
  isExpected: (owner: Owner) => boolean,
  isConcerned: (path: string) => boolean,
): { readonly path: string; readonly owner: Owner }[] {
  return heldByOthers(object, isExpected)
    .map(({ steps, owner }) => ({ path: pathOfSteps(steps), owner }))
    .filter(({ path }) => isConcerned(path));
}
