import { groupOf, type KubernetesObject } from "../../clients/kubernetes/object";
import { trackedObject } from "../../components/labels";

/** Names one object of a cluster. */
export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** Null: it is in no namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

/** The name of an object. */
export function nameOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectName {
  return { apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name };
}

/** Identifies an object in whatever version it is asked for. */
export function identity({ apiVersion, kind, namespace, name }: ObjectName): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace ?? ""}/${name}`;
}

/** What Argo CD writes into its tracking annotation: the Application and the object. */
export function trackingId(application: string, { apiVersion, kind, namespace, name }: ObjectName): string {
  const object = trackedObject(String, { kind, namespace: namespace ?? "", name });
  return `${application}:${groupOf(apiVersion)}${object.join("")}`;
}
