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

interface ApiResourceList {
  resources?: { name: string; kind: string; namespaced: boolean }[];
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

  #ask(apiVersion: string): void {
    const asking = this.#load(apiVersion);
    this.#kinds.set(apiVersion, asking);
    asking.catch(() => {
      if (this.#kinds.get(apiVersion) === asking) this.#kinds.delete(apiVersion);
    });
  }

  async #load(apiVersion: string): Promise<Map<string, ApiResource>> {
    const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const kinds = new Map<string, ApiResource>();
    try {
      const list = (await this.transport.json({
        method: "GET",
        path: root,
        what: `discover ${apiVersion}`,
      })) as ApiResourceList;
      for (const { name, kind, namespaced } of list.resources ?? []) {
        // A subresource (`deployments/scale`) may repeat a kind, or name one of another group.
        if (!name.includes("/")) kinds.set(kind, { root, plural: name, namespaced });
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    }
    return kinds;
  }
}
