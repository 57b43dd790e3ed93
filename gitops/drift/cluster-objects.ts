import { ApiError, type KubernetesClient, type KubernetesObject, type ServedKind } from "../../clients/kubernetes";
import { groupOf } from "../../clients/kubernetes/object";
import { mapAtOnce } from "../at-once";
import { identity, nameOf, type ObjectName } from "./object-name";
import type { Unread } from "./finding";
import { PASSING_KINDS } from "./undeclared";

/** What is asked of a cluster. */
export type DriftClient = Pick<KubernetesClient, "list" | "listMetadata" | "kinds" | "get">;

/** So many requests go to a cluster side by side. */
const AT_ONCE = 8;
/** Up to so many namespaces are listed one by one; more are listed with the whole cluster, where that is allowed. */
const FEW = 5;
/** How long the list of kinds is believed, in milliseconds. */
const KINDS_FOR = 60_000;

/** Reads objects of a cluster, and keeps those that have not changed since the last look. */
export class ClusterObjects {
  private kinds:
    { readonly served: readonly ServedKind[]; readonly unread: readonly Unread[]; readonly at: number } | undefined;
  private whole = new Map<string, KubernetesObject>();
  private used = new Set<string>();

  constructor(private readonly client: DriftClient) {}

  /** The metadata of all objects in some namespaces. What the credentials may not list is told instead. */
  async inNamespaces(namespaces: readonly string[]): Promise<{ objects: KubernetesObject[]; unread: Unread[] }> {
    const { served, unread } = await this.namespacedKinds();
    const found = await mapAtOnce(served, AT_ONCE, (kind) => this.metadataOf(kind, namespaces));
    return {
      objects: found.flatMap((each) => ("objects" in each ? each.objects : [])),
      unread: [...unread, ...found.flatMap((each) => ("what" in each ? [each] : []))],
    };
  }

  /** Whole objects. One that is gone meanwhile, or that the credentials may not get, is not among them. */
  async wholeOf(objects: readonly KubernetesObject[]): Promise<{ whole: KubernetesObject[]; unread: Unread[] }> {
    const unread = new Map<string, Unread>();
    const whole = await mapAtOnce(objects, AT_ONCE, async (object) => {
      const key = `${identity(nameOf(object))} ${object.metadata.resourceVersion ?? ""}`;
      this.used.add(key);
      const known = this.whole.get(key);
      if (known !== undefined) return known;
      try {
        const found = await this.get(nameOf(object));
        // Of an object that was not listed it is not known when it changes.
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

  /** The object; undefined where there is none. */
  async get({ apiVersion, kind, namespace, name }: ObjectName): Promise<KubernetesObject | undefined> {
    return this.client.get({ apiVersion, kind, name, ...(namespace !== null && { namespace }) });
  }

  /** Forgets the objects that were not asked for since the last time. */
  forgetUnused(): void {
    for (const key of this.whole.keys()) if (!this.used.has(key)) this.whole.delete(key);
    this.used = new Set();
  }

  private async namespacedKinds() {
    if (this.kinds !== undefined && Date.now() - this.kinds.at < KINDS_FOR) return this.kinds;
    const { kinds, unknown } = await this.client.kinds();
    const served = kinds.filter(({ apiVersion, kind, namespaced, verbs }) => {
      const group = groupOf(apiVersion);
      // What is measured is no object that anybody makes.
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
      // Its definition was deleted since the kinds were listed.
      if (error.status === 404) return { objects: [] };
      return { what: kind, reason: reasonOf(error) };
    }
  }
}

function reasonOf({ status, message }: ApiError): string {
  return status === 403 ? "these credentials may not read it (403 Forbidden)" : message;
}
