import { isDeepStrictEqual } from "node:util";
import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";

/** A change in the order in which it happened; its number is its resource version. */
export interface StoredEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  /** The collection and the namespace: `/apis/apps/v1 deployments`. */
  collection: string;
  object: KubernetesObject;
}

/** A refusal with Kubernetes' status code and reason. */
export class Refusal extends Error {
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly causes: readonly string[] = [],
  ) {
    super(message);
  }
}

type Leaves = Map<string, unknown>;

/** Objects with resource versions, field owners and finalizers, as an API server keeps them; lists are leaves. */
export class FakeKubernetesStore {
  readonly events: StoredEvent[] = [];
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #owners = new Map<string, Map<string, Leaves>>();
  readonly #listeners = new Set<() => void>();
  #uids = 0;

  /** Every object of a collection, in the order of creation. */
  list(collection: string): KubernetesObject[] {
    return [...this.#objects].filter(([key]) => key.startsWith(`${collection} `)).map(([, object]) => object);
  }

  get(key: string): KubernetesObject | undefined {
    return this.#objects.get(key);
  }

  /** Calls back after each event, until the returned function is called. */
  onEvent(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Server-side apply, or with `operation` `Update` a write of another program. */
  apply(
    key: string,
    given: KubernetesObject,
    manager: string,
    options: { force: boolean; dryRun: boolean },
  ): KubernetesObject {
    const owners = new Map([...(this.#owners.get(key) ?? [])].map(([name, fields]) => [name, new Map(fields)]));
    const leaves = leavesOf(given);
    for (const [other, fields] of owners) {
      if (other === manager) continue;
      for (const [path, value] of leaves) {
        if (!fields.has(path) || isDeepStrictEqual(fields.get(path), value)) continue;
        if (!options.force) {
          throw new Refusal(
            409,
            "Conflict",
            `Apply failed with 1 conflict: conflict with "${other}": .${path.replaceAll("\0", ".")}`,
          );
        }
        fields.delete(path);
      }
    }
    const before = this.#objects.get(key);
    const object = structuredClone(before ?? { ...given, metadata: { name: given.metadata.name } });
    for (const path of owners.get(manager)?.keys() ?? []) {
      const shared = [...owners].some(([other, fields]) => other !== manager && fields.has(path));
      if (!leaves.has(path) && !shared) setPath(object, path, undefined);
    }
    for (const [path, value] of leaves) setPath(object, path, value);
    owners.set(manager, leaves);
    object.metadata.managedFields = [...owners.keys()].map((name) => ({ manager: name, operation: "Apply" }));
    const changed = !before || !isDeepStrictEqual(before, object);
    if (changed) object.metadata.generation = (before?.metadata.generation ?? 0) + 1;
    object.metadata.uid ??= `uid-${++this.#uids}`;
    if (options.dryRun) return object;
    this.#owners.set(key, owners);
    return changed ? this.put(key, object) : object;
  }

  /** Stores an object as it is, with the next resource version. */
  put(key: string, object: KubernetesObject): KubernetesObject {
    const type = this.#objects.has(key) ? "MODIFIED" : "ADDED";
    object.metadata.uid ??= this.#objects.get(key)?.metadata.uid ?? `uid-${++this.#uids}`;
    object.metadata.resourceVersion = String(this.events.length + 1);
    this.#objects.set(key, object);
    this.#emit(type, key, object);
    return object;
  }

  /** Deletes, or marks as being deleted while there are finalizers. */
  delete(key: string): boolean {
    const object = this.#objects.get(key);
    if (!object) return false;
    if (object.metadata.finalizers?.length) {
      this.put(key, { ...object, metadata: { ...object.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } });
    } else {
      this.#objects.delete(key);
      this.#owners.delete(key);
      this.#emit("DELETED", key, object);
    }
    return true;
  }

  #emit(type: StoredEvent["type"], key: string, object: KubernetesObject): void {
    const version = String(this.events.length + 1);
    const copy = structuredClone({ ...object, metadata: { ...object.metadata, resourceVersion: version } });
    this.events.push({ type, collection: key.split(" ").slice(0, 2).join(" "), object: copy });
    for (const listener of this.#listeners) listener();
  }
}

function leavesOf(given: KubernetesObject): Leaves {
  const leaves: Leaves = new Map();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, path === "" ? name : `${path}\0${name}`);
    } else if (!["apiVersion", "kind", "metadata\0name", "metadata\0namespace"].includes(path)) {
      leaves.set(path, value);
    }
  };
  walk(given, "");
  return leaves;
}

function setPath(object: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split("\0");
  const last = names.pop() ?? "";
  let place = object;
  for (const name of names) place = (place[name] ??= {}) as Record<string, unknown>;
  if (value === undefined) Reflect.deleteProperty(place, last);
  else place[last] = value;
}
