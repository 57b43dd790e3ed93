/** The part of an object's metadata that callers read; every other field is kept as it is. */
export interface ObjectMeta {
  name: string;
  /** Absent on cluster-scoped objects; on others absent means the namespace of the kubeconfig's context. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  /** Changes with every write; opaque. */
  resourceVersion?: string;
  /** Counts changes of the specification; compare with `status.observedGeneration`. */
  generation?: number;
  creationTimestamp?: string;
  /** Set once deletion was asked for; the object stays until its finalizers are gone. */
  deletionTimestamp?: string;
  finalizers?: string[];
  [field: string]: unknown;
}

/** Any Kubernetes object, as plain JSON. */
export interface KubernetesObject {
  /** `v1`, or `<group>/<version>`. */
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** The API group of an apiVersion; the core group is empty. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** Names one object. */
export interface ObjectRef {
  /** `v1`, or `<group>/<version>`. */
  apiVersion: string;
  kind: string;
  /** Default for namespaced kinds: the namespace of the kubeconfig's context, else `default`. */
  namespace?: string;
  name: string;
}

/** The reference of an object. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { namespace, name } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** How messages name an object: `Deployment argocd/argocd-server`, or `Namespace argocd`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
