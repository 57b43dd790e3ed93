/** An object's metadata. Only the fields that callers use are typed. */
export interface ObjectMeta {
  name: string;
  /** Absent for cluster-scoped objects. For namespaced ones, absent means the namespace of the kubeconfig's context. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  uid?: string;
  /** Opaque; changes with every write. */
  resourceVersion?: string;
  /** Incremented by every change of the spec; compare with `status.observedGeneration`. */
  generation?: number;
  creationTimestamp?: string;
  /** Set when a deletion is requested. The object exists until its finalizers are removed. */
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

/** A reference to one object. */
export interface ObjectRef {
  /** `v1`, or `<group>/<version>`. */
  apiVersion: string;
  kind: string;
  /** Default for namespaced kinds: the namespace of the kubeconfig's context, else `default`. */
  namespace?: string;
  name: string;
}

/** The reference to an object. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { namespace, name } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** The object, for messages: `Deployment argocd/argocd-server`, or `Namespace argocd`. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind} ${ref.namespace === undefined ? "" : `${ref.namespace}/`}${ref.name}`;
}
