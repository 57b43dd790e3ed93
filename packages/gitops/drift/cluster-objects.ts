import {
  ApiError,
  type KubernetesClient,
  type KubernetesObject,
  type ServedKind,
} from "@gitops-platform/clients/kubernetes";
import { groupOf } from "@gitops-platform/clients/kubernetes/object";
import { mapAtOnce } from "../at-once";
import { identity, nameOf, type ObjectName } from "./paths";
import type { Unread } from "./finding";
import { PASSING_KINDS } from "./undeclared";

export type DriftClient = Pick<KubernetesClient, "list" | "listMetadata" | "kinds" | "get">;

/** The number of parallel requests to a cluster. */
const AT_ONCE = 8;
/** The number of namespaces that are listed one by one; for more, the whole cluster is listed if that is permitted. */
const FEW = 5;
/** How long the list of kinds is cached, in milliseconds. */
const KINDS_FOR = 60_000;

/** Reads objects of a cluster, and caches those that have not changed since the last search. */
export class ClusterObjects {
  private kinds:
    { readonly served: readonly ServedKind[]; readonly unread: readonly Unread[]; readonly at: number } | undefined;
  private whole = new Map<string, KubernetesObject>();
  private used = new Set<string>();

  constructor(private readonly client: DriftClient) {}

  /** The metadata of all objects in some namespaces, and what the credentials may not list. */
  async inNamespaces(namespaces: readonly string[]): Promise<{ objects: KubernetesObject[]; unread: Unread[] }> {
    const { served, unread } = await this.namespacedKinds();
    const found = await mapAtOnce(served, AT_ONCE, (kind) => this.metadataOf(kind, namespaces));
    return {
      objects: found.flatMap((each) => ("objects" in each ? each.objects : [])),
      unread: [...unread, ...found.flatMap((each) => ("what" in each ? [each] : []))],
    };
  }

  /** Whole objects, without those that were deleted meanwhile or that the credentials may not get. */
  async wholeOf(objects: readonly KubernetesObject[]): Promise<{ whole: KubernetesObject[]; unread: Unread[] }> {
    const unread = new Map<string, Unread>();
    const whole = await mapAtOnce(objects, AT_ONCE, async (object) => {
      const key = `${identity(nameOf(object))} ${object.metadata.resourceVersion ?? ""}`;
      this.used.add(key);
      const known = this.whole.get(key);
      if (known !== undefined) return known;
      try {
        const found = await this.get(nameOf(object));
        // Without a listed version, a change of the object would not be noticed.
        if (found !== undefined && object.metadata.resourceVersion !== undefined) this.whole.set(key, found);
        return found;
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        unread.set(object.kind, { what: `content of ${object.kind}`, reason: reasonOf(error) });
        return undefined;
      }
    });
    return { whole: whole.filter((object) => object !== undefined), unread: [...unread.values()] };
  }

  async get({ apiVersion, kind, namespace, name }: ObjectName): Promise<KubernetesObject | undefined> {
    return this.client.get({ apiVersion, kind, name, ...(namespace !== null && { namespace }) });
  }

  /** Removes the objects that were not requested since the last call. */
  forgetUnused(): void {
    for (const key of this.whole.keys()) if (!this.used.has(key)) this.whole.delete(key);
    this.used = new Set();
  }

  private async namespacedKinds() {
    if (this.kinds !== undefined && Date.now() - this.kinds.at < KINDS_FOR) return this.kinds;
    const { kinds, unknown } = await this.client.kinds();
    const served = kinds.filter(({ apiVersion, kind, namespaced, verbs }) => {
      const group = groupOf(apiVersion);
      // Metrics are measurements, not objects that somebody creates.
      const isMeasured = group === "metrics.k8s.io" || group.endsWith(".metrics.k8s.io");
      return namespaced && verbs.includes("list") && !isMeasured && !PASSING_KINDS.has(`${group}/${kind}`);
    });
    const unread = unknown
      .filter(({ apiVersion }) => !groupOf(apiVersion).endsWith("metrics.k8s.io"))
      .map(({ apiVersion, reason }) => ({ what: `kinds of ${apiVersion}`, reason }));
    this.kinds = { served, unread, at: Date.now() };
    return this.kinds;
  }

  private async metadataOf(
    { apiVersion, kind }: Pick<ServedKind, "apiVersion" | "kind">,
    namespaces: readonly string[],
  ): Promise<{ objects: KubernetesObject[] } | Unread> {
    try {
      if (namespaces.length > FEW) {
        try {
          const all = await this.client.listMetadata(apiVersion, kind);
          return { objects: all.filter(({ metadata }) => namespaces.includes(metadata.namespace ?? "")) };
        } catch (error) {
          if (!(error instanceof ApiError && error.status === 403)) throw error;
        }
      }
      const each = await Promise.all(
        namespaces.map((namespace) => this.client.listMetadata(apiVersion, kind, { namespace })),
      );
      return { objects: each.flat() };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      // The kind was deleted since the kinds were listed.
      if (error.status === 404) return { objects: [] };
      return { what: kind, reason: reasonOf(error) };
    }
  }
}

function reasonOf({ status, message }: ApiError): string {
  return status === 403 ? "these credentials may not read it (403 Forbidden)" : message;
}
