import type { Resource } from "./rule";

/** The namespace of Argo CD. */
export const ARGOCD_NAMESPACE = "argocd";

/** The label by which the program marks what belongs to an environment. */
export const ENVIRONMENT_LABEL = "gitops-platform/environment";

/** The Pulumi types that rules look for. */
export const TYPES = {
  admissionPolicy: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy",
  admissionPolicyBinding: "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding",
  application: "kubernetes:argoproj.io/v1alpha1:Application",
  applicationSet: "kubernetes:argoproj.io/v1alpha1:ApplicationSet",
  project: "kubernetes:argoproj.io/v1alpha1:AppProject",
  configMap: "kubernetes:core/v1:ConfigMap",
  definition: "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition",
  namespace: "kubernetes:core/v1:Namespace",
  networkPolicy: "kubernetes:networking.k8s.io/v1:NetworkPolicy",
  quota: "kubernetes:core/v1:ResourceQuota",
  secret: "kubernetes:core/v1:Secret",
} as const;

/** An object's metadata. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
}

/** The metadata of a Kubernetes object. */
export function metadata({ props }: Pick<Resource, "props">): Metadata {
  return (props.metadata as Metadata | undefined) ?? {};
}

/** A ConfigMap of Argo CD; undefined where the stack has none of that name. */
export function argocdConfigMap(
  resources: readonly Resource[],
  name: string,
): (Resource & { readonly data: Readonly<Record<string, string>> }) | undefined {
  const found = resources.find((resource) => isArgocdConfigMap(resource, name));
  return found && { ...found, data: configMapData(found) };
}

/** Whether a resource is that ConfigMap of Argo CD. */
export function isArgocdConfigMap(resource: Resource, name: string): boolean {
  if (resource.type !== TYPES.configMap) return false;
  const { name: own, namespace } = metadata(resource);
  return own === name && namespace === ARGOCD_NAMESPACE;
}

/** A ConfigMap's entries. */
export function configMapData({ props }: Pick<Resource, "props">): Readonly<Record<string, string>> {
  return (props.data as Readonly<Record<string, string>> | undefined) ?? {};
}
