import { ApiError } from "./errors";
import type { Transport } from "./transport";

/** The REST resource of a kind. */
export interface ApiResource {
  /** `/api/v1` or `/apis/<group>/<version>`. */
  root: string;
  /** The path segment of the kind, for example `deployments`. */
  plural: string;
  namespaced: boolean;
}

/** A kind that a cluster serves, with the supported verbs. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** All kinds that a cluster serves, in the preferred version of each group. */
export interface ServedKinds {
  readonly kinds: readonly ServedKind[];
  /** Group versions whose kinds are unknown because their (aggregated) API server does not respond. */
  readonly unknown: readonly { readonly apiVersion: string; readonly reason: string }[];
}

interface ApiResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[];
}

interface ApiGroupList {
  groups?: { preferredVersion?: { groupVersion: string } }[];
}

/** Discovers the kinds that a cluster serves. Caches them per group version, and refreshes on an unknown kind. */
export class Discovery {
  readonly #kinds = new Map<string, Promise<Map<string, ApiResource>>>();

  constructor(readonly transport: Transport) {}

  /** Finds a kind. Throws ApiError (404, `UnknownKind`) if the cluster does not serve it. */
  async find(apiVersion: string, kind: string): Promise<ApiResource> {
    const cached = this.#kinds.get(apiVersion);
    const known = cached && (await cached).get(kind);
    if (known) return known;
    // If several callers wait for the same kind, only the first refreshes the cache.
    if (this.#kinds.get(apiVersion) === cached) this.#refresh(apiVersion);
    const found = (await this.#kinds.get(apiVersion))?.get(kind);
    if (found) return found;
    throw new ApiError(
      404,
      "UnknownKind",
      `${apiVersion} ${kind}: the cluster at ${this.transport.connection.server} serves no such kind. ` +
        "Install its CustomResourceDefinition first, or correct apiVersion and kind.",
    );
  }

  /** Discovers all kinds without the cache, so that those of new CustomResourceDefinitions are included. */
  async all(): Promise<ServedKinds> {
    const list = (await this.transport.json({ method: "GET", path: "/apis", what: "discover groups" })) as ApiGroupList;
    const preferred = (list.groups ?? []).flatMap(({ preferredVersion }) => preferredVersion?.groupVersion ?? []);
    const kinds: ServedKind[] = [];
    const unknown: { apiVersion: string; reason: string }[] = [];
    await Promise.all(
      ["v1", ...preferred].map(async (apiVersion) => {
        try {
          for (const { name, kind, namespaced, verbs = [] } of await this.#resources(apiVersion)) {
            if (!name.includes("/")) kinds.push({ apiVersion, kind, namespaced, verbs });
          }
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          unknown.push({ apiVersion, reason: error.message });
        }
      }),
    );
    return { kinds, unknown };
  }

  #refresh(apiVersion: string): void {
    const pending = this.#load(apiVersion);
    this.#kinds.set(apiVersion, pending);
    pending.catch(() => {
      if (this.#kinds.get(apiVersion) === pending) this.#kinds.delete(apiVersion);
    });
  }

  async #load(apiVersion: string): Promise<Map<string, ApiResource>> {
    const root = rootOf(apiVersion);
    const kinds = new Map<string, ApiResource>();
    try {
      for (const { name, kind, namespaced } of await this.#resources(apiVersion)) {
        // A subresource (`deployments/scale`) may have the kind of its resource, or a kind of another group.
        if (!name.includes("/")) kinds.set(kind, { root, plural: name, namespaced });
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    return kinds;
  }

  async #resources(apiVersion: string): Promise<NonNullable<ApiResourceList["resources"]>> {
    const request = { method: "GET", path: rootOf(apiVersion), what: `discover ${apiVersion}` } as const;
    return ((await this.transport.json(request)) as ApiResourceList).resources ?? [];
  }
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}
