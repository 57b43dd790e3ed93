import { ApiError } from "./errors";
import type { Transport } from "./transport";

/** How the API server serves a kind. */
export interface ApiResource {
  /** `/api/v1` or `/apis/<group>/<version>`. */
  root: string;
  /** The path segment of the kind, for example `deployments`. */
  plural: string;
  namespaced: boolean;
}

/** A kind that a cluster serves, and what may be asked of it. */
export interface ServedKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** All that a cluster serves, each kind in its group's preferred version. */
export interface ServedKinds {
  readonly kinds: readonly ServedKind[];
  /** Groups and versions whose kinds are not known, because the server behind them does not answer. */
  readonly unknown: readonly { readonly apiVersion: string; readonly reason: string }[];
}

interface ApiResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs?: string[] }[];
}

interface ApiGroupList {
  groups?: { preferredVersion?: { groupVersion: string } }[];
}

/** Which kinds a cluster serves: asked for once a group and version, and again for a kind that is not among them. */
export class Discovery {
  readonly #kinds = new Map<string, Promise<Map<string, ApiResource>>>();

  constructor(readonly transport: Transport) {}

  /** Finds a kind. Throws ApiError (404, `UnknownKind`) where the cluster does not serve it. */
  async find(apiVersion: string, kind: string): Promise<ApiResource> {
    const asked = this.#kinds.get(apiVersion);
    const known = asked && (await asked).get(kind);
    if (known) return known;
    // Several callers may have missed the same kind: only the first asks again.
    if (this.#kinds.get(apiVersion) === asked) this.#ask(apiVersion);
    const found = (await this.#kinds.get(apiVersion))?.get(kind);
    if (found) return found;
    throw new ApiError(
      404,
      "UnknownKind",
      `${apiVersion} ${kind}: the cluster at ${this.transport.connection.server} serves no such kind. ` +
        "Install its CustomResourceDefinition first, or correct apiVersion and kind.",
    );
  }

  /** Asks again for every kind, so that those of new CustomResourceDefinitions are among them. */
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

  #ask(apiVersion: string): void {
    const asking = this.#load(apiVersion);
    this.#kinds.set(apiVersion, asking);
    asking.catch(() => {
      if (this.#kinds.get(apiVersion) === asking) this.#kinds.delete(apiVersion);
    });
  }

  async #load(apiVersion: string): Promise<Map<string, ApiResource>> {
    const root = rootOf(apiVersion);
    const kinds = new Map<string, ApiResource>();
    try {
      for (const { name, kind, namespaced } of await this.#resources(apiVersion)) {
        // A subresource (`deployments/scale`) may repeat a kind, or name one of another group.
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
