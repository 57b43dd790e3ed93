import type { Resource } from "./rule";

export const ARGOCD_NAMESPACE = "argocd";

/** The program sets this label on the objects of an environment; the value is the environment's name. */
export const ENVIRONMENT_LABEL = "gitops-platform/environment";

/** The URL by which Argo CD identifies the cluster that it runs in. */
export const IN_CLUSTER = "https://kubernetes.default.svc";

/** The Pulumi types of the Kubernetes objects that rules check. */
export const TYPES = {
  admissionPolicy: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  admissionPolicyBinding: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  application: "kubernetes:argoproj.io/v1alpha1:Application",
  applicationSet: "kubernetes:argoproj.io/v1alpha1:ApplicationSet",
  project: "kubernetes:argoproj.io/v1alpha1:AppProject",
  clusterRole: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole",
  clusterRoleBinding: "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding",
  configMap: "kubernetes:core/v1:ConfigMap",
  definition: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  namespace: "kubernetes:core/v1:Namespace",
  networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  quota: "kubernetes:core/v1:ResourceQuota",
  role: "kubernetes:rbac.authorization.k8s.io/v1:Role",
  roleBinding: "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding",
  secret: "kubernetes:core/v1:Secret",
} as const;

export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** The metadata of a Kubernetes object; empty if unset. */
export function metadata({ props }: Pick<Resource, "props">): Metadata {
  return (props.metadata as Metadata | undefined) ?? {};
}

/** Finds a ConfigMap of Argo CD by name; undefined if the stack has none. */
export function argocdConfigMap(
  resources: readonly Resource[],
  name: string,
): (Resource & { readonly data: Readonly<Record<string, string>> }) | undefined {
  const found = resources.find((resource) => isArgocdConfigMap(resource, name));
  return found && { ...found, data: configMapData(found) };
}

/** Whether a resource is the ConfigMap of Argo CD with this name. */
export function isArgocdConfigMap(resource: Resource, name: string): boolean {
  if (resource.type !== TYPES.configMap) return false;
  const { name: own, namespace } = metadata(resource);
  return own === name && namespace === ARGOCD_NAMESPACE;
}

/** The data of a ConfigMap; empty if unset. */
export function configMapData({ props }: Pick<Resource, "props">): Readonly<Record<string, string>> {
  return (props.data as Readonly<Record<string, string>> | undefined) ?? {};
}
