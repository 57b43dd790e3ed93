import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiError,
  describeRef,
  type KubernetesObject,
  type ObjectMeta,
  type ObjectRef,
  refOf,
} from "../../../clients/kubernetes";
import {
  AlreadyExistsError,
  type Applied,
  type ApplyOptions,
  type DeleteOptions,
  type Diff,
  type Inputs,
  type Provider,
  type ResourceState,
} from "../../provider";
import { changedPaths, isWithin } from "../property-diff";
import { holdsUnknown } from "../unknowns";
import { forceNewProperties } from "./force-new";
import { groupOf } from "../../../clients/kubernetes/object";
import { parseType, toObject } from "./kinds";
import type { KubernetesOptions } from "./options";
import { timeoutOf, untilGone, untilReady } from "./waiting";

/** The field manager of everything that the engine applies. */
export const FIELD_MANAGER = "gitops-platform";

/** Tries of an apply whose namespace or kind is not there yet; the waits between them add up to 6.2 s. */
const TRIES = 6;

/** Applies Kubernetes objects by server-side apply, with the meaning that Pulumi's own provider gives them. */
export class KubernetesProvider implements Provider {
  /** Ids of the objects that this run created: see {@link delete}. */
  readonly #created = new Set<string>();

  constructor(readonly options: KubernetesOptions) {}

  diff(type: string, old: ResourceState, inputs: Inputs): Promise<Diff> {
    const before = this.#withNamespace(toObject(type, old.inputs));
    const after = this.#withNamespace(toObject(type, inputs));
    const paths = changedPaths(before, after);
    const forced = forceNewProperties(after, this.options);
    const replaced = paths.some((path) => forced.some((property) => isWithin(path, property)));
    const change = paths.length === 0 ? "none" : replaced ? "replace" : "update";
    return Promise.resolve({ change, paths, deleteBeforeReplace: replaced && idOf(before) === idOf(after) });
  }

  async create(type: string, inputs: Inputs, options: ApplyOptions): Promise<Applied> {
    const { preview } = options;
    const object = toObject(type, inputs);
    if (holdsUnknown(inputs)) return { id: "", outputs: inputs };
    await this.#makeWay(object, options);
    const result = await this.#apply(object, inputs, options, { force: preview });
    if (!preview) this.#created.add(keyOf(object, result.id));
    return result;
  }

  async update(type: string, old: ResourceState, inputs: Inputs, options: ApplyOptions): Promise<Applied> {
    const object = toObject(type, inputs);
    if (holdsUnknown(inputs)) return { id: old.id, outputs: { ...old.outputs, ...inputs } };
    return this.#apply(object, inputs, options, { force: false });
  }

  async read(type: string, id: string, inputs: Inputs): Promise<Applied | undefined> {
    const ref = id === "" ? refOf(toObject(type, inputs)) : this.#refOf(type, id, inputs);
    const live = await this.options.client.get(ref);
    if (live === undefined || (id === "" && !isOurs(live.metadata))) return undefined;
    // An import compares all of it with the inputs.
    return applied(live, { whole: id !== "" });
  }

  /** By a dry run of the apply, because the API server alone knows what it makes of the inputs. */
  async differences(type: string, id: string, inputs: Inputs): Promise<string[] | undefined> {
    if (holdsUnknown(inputs)) return [];
    const { client } = this.options;
    const ref = this.#refOf(type, id, inputs);
    for (;;) {
      const live = await client.get(ref);
      if (live === undefined) return undefined;
      const options = { fieldManager: FIELD_MANAGER, dryRun: true, force: true };
      const wanted = await client.apply(withData(toObject(type, inputs)), options);
      const paths = changedPaths(desired(live), desired(wanted));
      // Where somebody wrote the object meanwhile, the two are of different moments.
      const isSame = (await client.getMetadata(ref))?.resourceVersion === live.metadata.resourceVersion;
      if (paths.length === 0 || isSame) return paths;
    }
  }

  /**
   * An object that this run created under another resource's name is left alone: a resource was renamed, and its old
   * name is deleted after the new one took the object over.
   */
  async delete(type: string, state: ResourceState, { signal }: DeleteOptions = {}): Promise<void> {
    const ref = this.#refOf(type, state.id, state.inputs);
    if (this.#created.has(keyOf(ref, state.id))) return;
    const metadata = (state.inputs.metadata ?? {}) as ObjectMeta;
    await this.options.client.delete(ref, { propagation: propagationOf(ref.kind, metadata) });
    await untilGone(this.options.client, ref, timeoutOf({ metadata }), signal);
  }

  /** A namespace that is left out is the default one, for kinds that have none too: both sides alike. */
  #withNamespace(object: KubernetesObject): KubernetesObject {
    return { ...object, metadata: { namespace: this.options.client.connection.namespace, ...object.metadata } };
  }

  #refOf(type: string, id: string, inputs: Inputs): ObjectRef {
    const [name = "", namespace] = id.split("/").reverse();
    const { apiVersion, kind } = { ...parseType(type), ...(inputs as Partial<KubernetesObject>) };
    return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  }

  /** Waits for an object of the name that is being deleted, and refuses another program's. */
  async #makeWay(object: KubernetesObject, { preview, signal }: ApplyOptions): Promise<void> {
    const { client, upsertExistingObjects } = this.options;
    const existing = await client.getMetadata(refOf(object));
    if (existing?.deletionTimestamp !== undefined) {
      if (!preview) await untilGone(client, refOf(object), timeoutOf(object), signal);
      return;
    }
    if (existing === undefined || upsertExistingObjects || isOurs(existing)) return;
    throw new AlreadyExistsError(
      `${describeRef(refOf(object))}: exists already, and was not made by this program. Import it (the resource option ` +
        "`import`), delete it, or set upsertExistingObjects on the provider to take such objects over.",
    );
  }

  async #apply(
    object: KubernetesObject,
    inputs: Inputs,
    { preview, signal }: ApplyOptions,
    { force }: { force: boolean },
  ): Promise<Applied> {
    const { client, enablePatchForce } = this.options;
    const forced = force || enablePatchForce || object.metadata.annotations?.["pulumi.com/patchForce"] === "true";
    const options = { fieldManager: FIELD_MANAGER, dryRun: preview, force: forced };
    for (let attempt = 1, wait = 200; ; attempt++, wait *= 2) {
      try {
        const live = await client.apply(withData(object), options);
        return applied(preview ? live : await untilReady(client, live, signal));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 409) throw conflict(error);
        if (error.status !== 404) throw error;
        // In a preview the namespace or the kind may be part of the same program.
        if (preview) return { id: idOf(object), outputs: inputs };
        if (attempt === TRIES) throw error;
        await sleep(wait);
      }
    }
  }
}

function conflict(error: ApiError): Error {
  return new ApiError(
    error.status,
    error.reason,
    `${error.message}. Another program owns these fields: leave them out of the inputs, or take them over with the annotation ` +
      'pulumi.com/patchForce: "true".',
  );
}

/** Server-side apply forgets keys that leave `stringData`, which the server only adds to `data`. */
function withData(object: KubernetesObject): KubernetesObject {
  if (object.kind !== "Secret" || object.stringData === undefined) return object;
  const { stringData, data, ...rest } = object as KubernetesObject &
    Record<"data" | "stringData", Record<string, string>>;
  const encoded = Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString("base64")]);
  return { ...rest, data: { ...data, ...(Object.fromEntries(encoded) as Record<string, string>) } };
}

function applied(live: KubernetesObject, { whole = false } = {}): Applied {
  const metadata = { ...live.metadata };
  delete metadata.managedFields;
  const outputs: Inputs = { ...live, metadata };
  // Megabytes of schema that a second of each run would go to: the program sees its own inputs there instead.
  if (!whole && live.kind === "CustomResourceDefinition") delete outputs.spec;
  const result = { id: idOf(live), outputs };
  return live.kind === "Secret" ? { ...result, secretOutputs: ["data", "stringData"] } : result;
}

/** What somebody wants of an object, without what the cluster keeps of it. */
function desired({ metadata, ...object }: KubernetesObject): object {
  const without = (from: object, ...kept: string[]) =>
    Object.fromEntries(Object.entries(from).filter(([key]) => !kept.includes(key)));
  return {
    ...without(object, "status"),
    metadata: without(metadata, "managedFields", "resourceVersion", "generation"),
  };
}

function isOurs(metadata: ObjectMeta): boolean {
  const managers = (metadata.managedFields ?? []) as { manager?: string }[];
  return managers.some((each) => each.manager === FIELD_MANAGER);
}

function idOf(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

/** The same in all versions of a group. */
function keyOf(object: { apiVersion: string; kind: string }, id: string): string {
  return [groupOf(object.apiVersion), object.kind, id].join(" ");
}

/**
 * As Pulumi's provider, foreground unless the annotation says otherwise. But nothing is owned by a
 * CustomResourceDefinition, and the garbage collector takes up to 30 s to look at one after another kind went.
 */
function propagationOf(kind: string, metadata: ObjectMeta): "Foreground" | "Background" | "Orphan" {
  const asked = metadata.annotations?.["pulumi.com/deletionPropagationPolicy"]?.toLowerCase();
  if (asked === "orphan") return "Orphan";
  return asked === "background" || kind === "CustomResourceDefinition" ? "Background" : "Foreground";
}
