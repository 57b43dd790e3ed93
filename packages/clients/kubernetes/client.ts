import { type Connection, connectionFromFile, connectionFromContent } from "./connection";
import { type ApiResource, Discovery, type ServedKinds } from "./discovery";
import { ApiError } from "./errors";
import { describeRef, type KubernetesObject, type ObjectMeta, type ObjectRef, refOf } from "./object";
import { Transport } from "./transport";
import { watch, type WatchEvent } from "./watch";

/** The user as authenticated by the API server. */
export interface UserInfo {
  username: string;
  groups: string[];
}

/** Options of a server-side apply. */
export interface ApplyOptions {
  /** The owner of the applied fields. */
  fieldManager: string;
  /** True: the server returns the result without storing it. Default: false. */
  dryRun?: boolean;
  /** True: take over fields that other managers own. Default: false, so such a field is a conflict (409). */
  force?: boolean;
}

/** Selects objects of a kind. */
export interface ListOptions {
  /** Default: all namespaces. */
  namespace?: string;
  /** In Kubernetes' selector syntax, for example `app=api,tier!=web`. */
  labelSelector?: string;
}

/** Options of a deletion. */
export interface DeleteOptions {
  /** What happens to the objects that the deleted object owns. Kubernetes' default is `Background`. */
  propagation?: "Foreground" | "Background" | "Orphan";
}

interface List {
  metadata: { resourceVersion: string; continue?: string };
  /** If only metadata is requested, the API server sends null for an empty list. */
  items: (Partial<KubernetesObject> & Pick<KubernetesObject, "metadata">)[] | null;
}

/** Options of a watch. */
export interface WatchOptions extends ListOptions {
  /** Watches only the object with this name. Default: all objects. */
  name?: string;
  /** Ends the watch when aborted. */
  signal: AbortSignal;
}

const PAGE_SIZE = 500;
// Accepts no alternative: a server that cannot omit the content must respond with 406 instead of sending it.
const METADATA_LIST = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";
const METADATA_ONLY = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

/**
 * A thin client of the Kubernetes API. It takes and returns plain JSON objects, and handles all kinds the same way,
 * including custom resources. All methods throw {@link ApiError} for an error response, and UnreachableError if there
 * is no response. For a kind that the cluster does not serve, they throw ApiError with status 404 and reason
 * `UnknownKind`.
 */
export class KubernetesClient {
  readonly #transport: Transport;
  readonly #discovery: Discovery;

  constructor(readonly connection: Connection) {
    this.#transport = new Transport(connection);
    this.#discovery = new Discovery(this.#transport);
  }

  /**
   * Creates a client from a kubeconfig file.
   * @param context Default: the file's current context.
   * @throws if the file or the context does not exist.
   */
  static fromKubeconfig(file: string, context?: string): KubernetesClient {
    return new KubernetesClient(connectionFromFile(file, context));
  }

  /** Creates a client from the content of a kubeconfig file; see {@link fromKubeconfig}. */
  static fromKubeconfigContent(content: string, context?: string): KubernetesClient {
    return new KubernetesClient(connectionFromContent(content, context));
  }

  /** Reads an object; undefined if the object or its kind does not exist. */
  async get(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    return absentAs(undefined, async () => this.#object("GET", "get", ref));
  }

  /**
   * Reads only an object's metadata, which is faster for large objects such as CustomResourceDefinitions. Undefined if
   * it does not exist.
   */
  async getMetadata(ref: ObjectRef): Promise<ObjectMeta | undefined> {
    return absentAs(undefined, async () => (await this.#object("GET", "get", ref, { accept: METADATA_ONLY })).metadata);
  }

  /** Whether the cluster currently serves a kind. */
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    return absentAs(false, async () => {
      await this.#discovery.find(apiVersion, kind);
      return true;
    });
  }

  /** The user that the API server authenticates this connection as (requires Kubernetes 1.28). */
  async whoAmI(): Promise<UserInfo> {
    const kind = { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" };
    const review = await this.#transport.json({
      method: "POST",
      path: `/apis/${kind.apiVersion}/selfsubjectreviews`,
      what: "create SelfSubjectReview",
      body: kind,
    });
    const { username = "", groups = [] } = (review as { status: { userInfo: Partial<UserInfo> } }).status.userInfo;
    return { username, groups };
  }

  /** The API server's version, such as `v1.34.1`. */
  async version(): Promise<string> {
    const version = await this.#transport.json({ method: "GET", path: "/version", what: "get version" });
    return (version as { gitVersion: string }).gitVersion;
  }

  /** Lists all objects of a kind, with as many requests as needed. */
  async list(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubernetesObject[]> {
    const resource = await this.#discovery.find(apiVersion, kind);
    return (await this.#list(resource, apiVersion, kind, options)).items;
  }

  /** Lists only the metadata of objects, so that the contents of Secrets do not leave the server. */
  async listMetadata(apiVersion: string, kind: string, options: ListOptions = {}): Promise<KubernetesObject[]> {
    const resource = await this.#discovery.find(apiVersion, kind);
    const accept = METADATA_LIST;
    return (await this.#list(resource, apiVersion, kind, { ...options, accept })).items;
  }

  /** All kinds that the cluster currently serves. */
  async kinds(): Promise<ServedKinds> {
    return this.#discovery.all();
  }

  /** Applies the given fields by server-side apply. Returns the complete object. */
  async apply(object: KubernetesObject, options: ApplyOptions): Promise<KubernetesObject> {
    const query = new URLSearchParams({ fieldManager: options.fieldManager, force: String(options.force ?? false) });
    if (options.dryRun) query.set("dryRun", "All");
    return this.#object("PATCH", options.dryRun ? "dry-run apply" : "apply", refOf(object), {
      query: `?${query.toString()}`,
      body: object,
      contentType: "application/apply-patch+yaml",
    });
  }

  /** Applies a JSON merge patch, in which null removes a field. Returns the complete object. */
  async patch(ref: ObjectRef, mergePatch: object, { dryRun = false } = {}): Promise<KubernetesObject> {
    return this.#object("PATCH", dryRun ? "dry-run patch" : "patch", ref, {
      query: dryRun ? "?dryRun=All" : "",
      body: mergePatch,
      contentType: "application/merge-patch+json",
    });
  }

  /**
   * Requests a deletion. The object may exist until its finalizers are removed.
   * @returns false if the object did not exist.
   */
  async delete(ref: ObjectRef, options: DeleteOptions = {}): Promise<boolean> {
    const body = options.propagation === undefined ? undefined : { propagationPolicy: options.propagation };
    return absentAs(false, async () => {
      await this.#object("DELETE", "delete", ref, { body });
      return true;
    });
  }

  /**
   * Yields the existing objects as `ADDED`, then every change, until the signal is aborted. Reconnects automatically.
   * Throws if the first list fails, or if access is refused later.
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

  /** Closes idle connections. Optional: idle connections do not keep the process alive. */
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
    query.set("limit", String(PAGE_SIZE));
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
      // List items have neither apiVersion nor kind.
      for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind });
      if (!page.metadata.continue) return { items, resourceVersion: page.metadata.resourceVersion };
      query.set("continue", page.metadata.continue);
    }
  }

  /** A page of a list, or `expired` if the continue token has expired (410). */
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

async function absentAs<T>(absent: T, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return absent;
    throw error;
  }
}
