import { setTimeout as sleep } from "node:timers/promises";
import {
  ApiError,
  describeRef,
  type KubernetesObject,
  type ObjectMeta,
  type ObjectRef,
  refOf,
} from "@gitops-platform/clients/kubernetes";
import {
  AlreadyExistsError,
  type Applied,
  type ApplyOptions,
  type DeleteOptions,
  type Diff,
  type Inputs,
  type Provider,
  type ProviderFactory,
  type ResourceState,
} from "../../model/provider";
import { changedPaths, containsUnknown, isWithin } from "../../model/values";
import { forceNewProperties, parseType, toObject } from "./kinds";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { readOptions, type KubernetesOptions } from "./options";
import { timeoutOf, waitUntilDeleted, waitUntilReady } from "./waiting";

/** The engine's field manager in server-side apply. */
export const FIELD_MANAGER = "gitops-platform";

/** Attempts of an apply whose namespace or kind does not exist yet. The delays between them total 6.2 s. */
const MAX_ATTEMPTS = 6;

/** Comparisons of an object that other clients write all the time. */
const ATTEMPTS = 5;

/** Creates the provider of a `pulumi:providers:kubernetes` resource. */
export const kubernetesProvider: ProviderFactory = (inputs) =>
  Promise.resolve().then(() => new KubernetesProvider(readOptions(inputs)));

/** Manages Kubernetes objects by server-side apply. Types and inputs mean the same as in Pulumi's provider. */
class KubernetesProvider implements Provider {
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
    if (containsUnknown(inputs)) return { id: "", outputs: inputs };
    await this.#prepareCreate(object, options);
    const result = await this.#apply(object, inputs, options, { force: preview });
    if (!preview) this.#created.add(keyOf(object, result.id));
    return result;
  }

  async update(type: string, old: ResourceState, inputs: Inputs, options: ApplyOptions): Promise<Applied> {
    const object = toObject(type, inputs);
    if (containsUnknown(inputs)) return { id: old.id, outputs: { ...old.outputs, ...inputs } };
    return this.#apply(object, inputs, options, { force: false });
  }

  async read(type: string, id: string, inputs: Inputs): Promise<Applied | undefined> {
    const ref = id === "" ? refOf(toObject(type, inputs)) : this.#refOf(type, id, inputs);
    const live = await this.options.client.get(ref);
    if (live === undefined || (id === "" && !isOurs(live.metadata))) return undefined;
    // An import compares the whole object with the inputs.
    return applied(live, { whole: id !== "" });
  }

  /** By a dry run of the apply, because the API server alone knows what it makes of the inputs. */
  async differences(type: string, { id, outputs }: Applied, inputs: Inputs): Promise<string[]> {
    if (containsUnknown(inputs)) return [];
    const { client } = this.options;
    const ref = this.#refOf(type, id, inputs);
    let live = outputs as KubernetesObject;
    for (let attempt = 1; ; attempt++) {
      const options = { fieldManager: FIELD_MANAGER, dryRun: true, force: true };
      const wanted = await client.apply(withData(toObject(type, inputs)), options);
      const paths = changedPaths(desired(live), desired(wanted));
      if (paths.length === 0 || attempt === ATTEMPTS) return paths;
      // If somebody wrote the object in between, the two are from different moments.
      const now = await client.get(ref);
      if (now === undefined || now.metadata.resourceVersion === live.metadata.resourceVersion) return paths;
      live = now;
    }
  }

  /**
   * Skips an object that this run has created: its resource was renamed without an alias, so the new resource has taken
   * over the object before the old resource is deleted.
   */
  async delete(type: string, state: ResourceState, { signal }: DeleteOptions = {}): Promise<void> {
    const ref = this.#refOf(type, state.id, state.inputs);
    if (this.#created.has(keyOf(ref, state.id))) return;
    const metadata = (state.inputs.metadata ?? {}) as ObjectMeta;
    await this.options.client.delete(ref, { propagation: propagationOf(ref.kind, metadata) });
    await waitUntilDeleted(this.options.client, ref, timeoutOf({ metadata }), signal);
  }

  /** Adds the default namespace if there is none. For cluster-scoped kinds it does no harm: both sides get it. */
  #withNamespace(object: KubernetesObject): KubernetesObject {
    return { ...object, metadata: { namespace: this.options.client.connection.namespace, ...object.metadata } };
  }

  #refOf(type: string, id: string, inputs: Inputs): ObjectRef {
    const [name = "", namespace] = id.split("/").reverse();
    const { apiVersion, kind } = { ...parseType(type), ...(inputs as Partial<KubernetesObject>) };
    return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) };
  }

  /** Waits until an object of the same name that is being deleted is gone. Throws if another program created it. */
  async #prepareCreate(object: KubernetesObject, { preview, signal }: ApplyOptions): Promise<void> {
    const { client } = this.options;
    const existing = await client.getMetadata(refOf(object));
    if (existing?.deletionTimestamp !== undefined) {
      if (!preview) await waitUntilDeleted(client, refOf(object), timeoutOf(object), signal);
      return;
    }
    if (existing === undefined || isOurs(existing)) return;
    throw new AlreadyExistsError(
      `${describeRef(refOf(object))}: got an object that already exists; expected none, or one of this program. ` +
        "Import it (the resource option `import`), or delete it.",
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
        return applied(preview ? live : await waitUntilReady(client, live, signal));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (error.status === 409) throw conflict(error);
        if (error.status !== 404) throw error;
        // In a preview, the namespace or the kind may be created by the same program.
        if (preview) return { id: idOf(object), outputs: inputs };
        if (attempt === MAX_ATTEMPTS) throw error;
        await sleep(wait);
      }
    }
  }
}

function conflict(error: ApiError): Error {
  return new ApiError(
    error.status,
    error.reason,
    `${error.message}. Another field manager owns these fields. Remove them from the inputs, or take them over with ` +
      'the annotation pulumi.com/patchForce: "true".',
  );
}

/**
 * Moves `stringData` into `data`. The API server only merges `stringData` into `data`, so server-side apply would not
 * remove keys that were removed from `stringData`.
 */
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
  // The schemas are megabytes and would take a second of each run. The program sees its own inputs instead.
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

/** Identifies an object independent of its API version. */
function keyOf(object: { apiVersion: string; kind: string }, id: string): string {
  return [groupOf(object.apiVersion), object.kind, id].join(" ");
}

/**
 * As in Pulumi's provider, foreground unless the annotation sets another policy. A CustomResourceDefinition owns no
 * objects, so it uses background: after another kind was deleted, the garbage collector may need 30 s to process it.
 */
function propagationOf(kind: string, metadata: ObjectMeta): "Foreground" | "Background" | "Orphan" {
  const annotated = metadata.annotations?.["pulumi.com/deletionPropagationPolicy"]?.toLowerCase();
  if (annotated === "orphan") return "Orphan";
  return annotated === "background" || kind === "CustomResourceDefinition" ? "Background" : "Foreground";
}
