import { type Connection, connectionFromFile, connectionFromText } from "./connection";
import { type ApiResource, Discovery, type ServedKinds } from "./discovery";
import { ApiError } from "./errors";
import { describeRef, type KubernetesObject, type ObjectMeta, type ObjectRef, refOf } from "./object";
import { Transport } from "./transport";
import { watch, type WatchEvent } from "./watch";

/** Somebody as the API server knows them. */
export interface UserInfo {
  username: string;
  groups: string[];
}

/** Options of a server-side apply. */
export interface ApplyOptions {
  /** Who owns the applied fields. */
  fieldManager: string;
  /** True: the server answers what would be, and keeps nothing. Default: false. */
  dryRun?: boolean;
  /** True: take fields over that other managers own. Default: false, where such a field is a conflict (409). */
  force?: boolean;
}

/** Which objects of a kind. */
export interface ListOptions {
  /** Default: all namespaces. */
  namespace?: string;
  /** Kubernetes' selector syntax, for example `app=api,tier!=web`. */
  labelSelector?: string;
}

/** What becomes of the objects that a deleted object owns; Kubernetes' default is `Background`. */
export interface DeleteOptions {
  propagation?: "Foreground" | "Background" | "Orphan";
}

interface List {
  metadata: { resourceVersion: string; continue?: string };
  /** Null: what the API server says of no objects, where only metadata is asked for. */
  items: (Partial<KubernetesObject> & Pick<KubernetesObject, "metadata">)[] | null;
}

/** Which objects of a kind to watch, and until when. */
export interface WatchOptions extends ListOptions {
  /** Only the object of this name. Default: all. */
  name?: string;
  /** Ends the watch. */
  signal: AbortSignal;
}

const PAGE = 500;
// No other form is accepted instead: a server that cannot leave the content out answers 406.
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * A thin client of the Kubernetes API: plain JSON objects in and out, every kind alike, custom resources included. All
 * methods throw {@link ApiError} for an answer that is no success and UnreachableError where there is no answer; a kind
 * that the cluster does not serve is an ApiError with status 404 and reason `UnknownKind`.
 */
export class KubernetesClient {
  readonly #transport: Transport;
  readonly #discovery: Discovery;

  constructor(readonly connection: Connection) {
    this.#transport = new Transport(connection);
    this.#discovery = new Discovery(this.#transport);
  }

  /** A client for a context of a kubeconfig file; default: its current context. Throws naming what is missing. */
  static fromKubeconfig(file: string, context?: string): KubernetesClient {
    return new KubernetesClient(connectionFromFile(file, context));
  }

  /** As {@link fromKubeconfig}, of a kubeconfig's text. */
  static fromKubeconfigText(text: string, context?: string): KubernetesClient {
    return new KubernetesClient(connectionFromText(text, context));
  }

  /** The object, or undefined where there is none (or no such kind). */
  async get(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    return absentAs(undefined, async () => this.#object("GET", "get", ref));
  }

  /**
   * Only the object's metadata: quick for large objects, such as CustomResourceDefinitions. Undefined where there is
   * none.
   */
  async getMetadata(ref: ObjectRef): Promise<ObjectMeta | undefined> {
    return absentAs(undefined, async () => (await this.#object("GET", "get", ref, { accept: METADATA_ONLY })).metadata);
  }

  /** Whether the cluster serves a kind now. */
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    return absentAs(false, async () => {
      await this.#discovery.find(apiVersion, kind);
      return true;
    });
  }

  /** Who the API server takes the connection's user for (Kubernetes 1.28 or later). */
  async whoAmI(): Promise<UserInfo> {
    const kind = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const answer = await this.#transport.json({
      method: "POST",
      path: `/apis/${kind.apiVersion}/selfsubjectreviews`,
      what: "ask who I am",
      body: kind,
    });
    const { username = "", groups = [] } = (answer as { status: { userInfo: Partial<UserInfo> } }).status.userInfo;
    return { username, groups };
  }

  /** The API server's version, such as `v1.34.1`. */
  async version(): Promise<string> {
    const answer = await this.#transport.json({ method: "GET", path: "/version", what: "ask for the version" });
    return (answer as { gitVersion: string }).gitVersion;
  }

  /** All objects of a kind, page by page; from all namespaces unless one is named. */
  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubernetesObject[]> {
    const resource = await this.#discovery.find(apiVersion, kind);
    return (await this.#list(resource, apiVersion, kind, options)).items;
  }

  /** The same without anything but their metadata: what a Secret holds does not leave the server. */
  async listMetadata(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubernetesObject[]> {
    const resource = await this.#discovery.find(apiVersion, kind);
    const accept = METADATA_LIST;
    return (await this.#list(resource, apiVersion, kind, { ...options, accept })).items;
  }

  /** Every kind that the cluster serves now. */
  async kinds(): Promise<ServedKinds> {
    return this.#discovery.all();
  }

  /** Server-side apply: the object becomes as given in the fields that are given; answers the whole object. */
  async apply(object: KubernetesObject, options: ApplyOptions): Promise<KubernetesObject> {
    const query = new URLSearchParams({ fieldManager: options.fieldManager, force: String(options.force ?? false) });
    if (options.dryRun) query.set("dryRun", "All");
    return this.#object("PATCH", options.dryRun ? "dry-run apply" : "apply", refOf(object), {
      query: `?${query.toString()}`,
      body: object,
      contentType: "application/apply-patch+yaml",
    });
  }

  /** Changes the fields that a JSON merge patch names (null removes one); answers the whole object. */
  async patch(ref: ObjectRef, mergePatch: object, { dryRun = false } = {}): Promise<KubernetesObject> {
    return this.#object("PATCH", dryRun ? "dry-run patch" : "patch", ref, {
      query: dryRun ? "?dryRun=All" : "",
      body: mergePatch,
      contentType: "application/merge-patch+json",
    });
  }

  /** Asks for deletion; the object may stay until its finalizers are done. False where it was not there. */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const body = options.propagation === undefined ? undefined : { propagationPolicy: options.propagation };
    return absentAs(false, async () => {
      await this.#object("DELETE", "delete", ref, { body });
      return true;
    });
  }

  /**
   * The objects that are there as `ADDED`, then every change, until the signal is aborted. Reconnects by itself; throws
   * where the first list fails or access is refused.
   */
  async *watch(apiVersion: string, kind: string, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const resource = await this.#discovery.find(apiVersion, kind);
    yield* watch({
      transport: this.#transport,
      path: collectionPath(resource, options.namespace),
      query: selection(options),
      what: `watch ${kind}`,
      signal: options.signal,
      list: async () => this.#list(resource, apiVersion, kind, options),
    });
  }

  /** Closes idle connections. A client that is merely dropped keeps no process alive. */
  close(): void {
    this.#transport.close();
  }

  async #object(
    method: "GET" | "PATCH" | "DELETE",
    verb: string,
    ref: ObjectRef,
    options: { query?: string; body?: unknown; contentType?: string; accept?: string } = {},
  ): Promise<KubernetesObject> {
    const resource = await this.#discovery.find(ref.apiVersion, ref.kind);
    const namespace = resource.namespaced ? (ref.namespace ?? this.connection.namespace) : undefined;
    return (await this.#transport.json({
      method,
      path: `${collectionPath(resource, namespace)}/${encodeURIComponent(ref.name)}${options.query ?? ""}`,
      what: `${verb} ${describeRef({ ...ref, namespace })}`,
      body: options.body,
      contentType: options.contentType,
      accept: options.accept,
    })) as KubernetesObject;
  }

  async #list(
    resource: ApiResource,
    apiVersion: string,
    kind: string,
    options: ListOptions & { name?: string; signal?: AbortSignal; accept?: string },
  ): Promise<{ items: KubernetesObject[]; resourceVersion: string }> {
    const query = selection(options);
    query.set("limit", String(PAGE));
    let items: KubernetesObject[] = [];
    for (;;) {
      const page = await this.#page(
        `${collectionPath(resource, options.namespace)}?${query.toString()}`,
        kind,
        options,
      );
      if (page === "expired") {
        items = [];
        query.delete("continue");
        continue;
      }
      // Items of a list carry neither apiVersion nor kind.
      for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind });
      if (!page.metadata.continue) return { items, resourceVersion: page.metadata.resourceVersion };
      query.set("continue", page.metadata.continue);
    }
  }

  /** A page of a list, or `expired` where the list took so long that the server forgot its start (410). */
  async #page(
    path: string,
    kind: string,
    { signal, accept }: { signal?: AbortSignal; accept?: string },
  ): Promise<List | "expired"> {
    try {
      return (await this.#transport.json({ method: "GET", path, what: `list ${kind}`, signal, accept })) as List;
    } catch (error) {
      if (error instanceof ApiError && error.status === 410 && path.includes("&continue=")) return "expired";
      throw error;
    }
  }
}

function collectionPath(resource: ApiResource, namespace: string | undefined): string {
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${resource.root}${scope}/${resource.plural}`;
}

function selection(options: ListOptions & { name?: string }): URLSearchParams {
  const query = new URLSearchParams();
  if (options.labelSelector !== undefined) query.set("labelSelector", options.labelSelector);
  if (options.name !== undefined) query.set("fieldSelector", `metadata.name=${options.name}`);
  return query;
}

async function absentAs<T>(absent: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return absent;
    throw error;
  }
}
