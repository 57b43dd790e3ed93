import { groupOf, type KubernetesObject } from "@gitops-platform/clients/kubernetes/object";
import { trackedObject } from "@gitops-platform/components/labels";

export interface ObjectName {
  readonly apiVersion: string;
  readonly kind: string;
  /** null: it is in no namespace. */
  readonly namespace: string | null;
  readonly name: string;
}

export function nameOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectName {
  return { apiVersion, kind, namespace: metadata.namespace ?? null, name: metadata.name };
}

/** Identifies an object in any version of its API. */
export function identity({ apiVersion, kind, namespace, name }: ObjectName): string {
  return `${groupOf(apiVersion)}/${kind}/${namespace ?? ""}/${name}`;
}

/** The value of Argo CD's tracking annotation: the Application and the object. */
export function trackingId(application: string, { apiVersion, kind, namespace, name }: ObjectName): string {
  const object = trackedObject(String, { kind, namespace: namespace ?? "", name });
  return `${application}:${groupOf(apiVersion)}${object.join("")}`;
}
