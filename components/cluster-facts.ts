import { ApiError, KubernetesClient, UnreachableError } from "@gitops-platform/clients/kubernetes";
import {
  MONITORING_KINDS,
  type ClusterFacts,
  type DeliveredService,
  type NodeFacts,
} from "@gitops-platform/environments/cluster";
import { expandHome, type KubeconfigSource } from "@gitops-platform/environments/kubeconfig";
import supported from "../supported.json";
import { CATALOGUE } from "@gitops-platform/contract/catalogue";
import { ARGOCD_NAMESPACE } from "./argocd/installation";
import { ENVIRONMENT_LABEL, TRACKING_ANNOTATION } from "./labels";

/**
 * Reads the facts about a cluster and the kubeconfig's user that the guard depends on. Undefined if the cluster is
 * behind a proxy or refuses this user; the Kubernetes provider reports that later.
 */
export async function readClusterFacts(
  kubeconfig: KubeconfigSource,
  context: string,
): Promise<ClusterFacts | undefined> {
  let client: KubernetesClient;
  try {
    client =
      "path" in kubeconfig
        ? KubernetesClient.fromKubeconfig(expandHome(kubeconfig.path), context)
        : KubernetesClient.fromKubeconfigContent(kubeconfig.content, context);
  } catch {
    return undefined;
  }
  try {
    const servesPolicies = await client.serves("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy");
    const version = await client.version();
    // A cluster without ValidatingAdmissionPolicy may be too old for SelfSubjectReview, which whoAmI uses.
    const { username, groups } = servesPolicies ? await client.whoAmI() : { username: "", groups: [] };
    const refusal = servesPolicies ? await refusalOf(client) : undefined;
    const oldest = supported.kubernetes;
    const monitoringKinds = await servedOf(client, "monitoring.coreos.com/v1", MONITORING_KINDS);
    const applications = await applicationsOf(client);
    const argocd = await installedArgocd(client);
    const nodes = await nodesOf(client);
    const namespaces = await namespacesOf(client);
    return {
      servesPolicies,
      version,
      oldest,
      user: username,
      groups,
      ...(refusal !== undefined && { refusal }),
      ...(argocd !== undefined && { argocd }),
      ...(nodes && { nodes }),
      ...(monitoringKinds.length > 0 && { monitoringKinds }),
      ...(namespaces && { namespaces }),
      ...(applications && { applications }),
    };
  } catch (error) {
    if (error instanceof ApiError || error instanceof UnreachableError) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

/** Why the guard that is installed now would refuse a change by `up`. The guard also checks dry runs. */
async function refusalOf(client: KubernetesClient): Promise<string | undefined> {
  try {
    await client.patch({ apiVersion: "v1", kind: "Namespace", name: ARGOCD_NAMESPACE }, {}, { dryRun: true });
    return undefined;
  } catch (error) {
    // 404: nothing is installed yet, so there is no guard. 403 without a cause is RBAC's, which the provider reports.
    if (error instanceof ApiError && [403, 404].includes(error.status)) return error.causes[0];
    throw error;
  }
}

/**
 * The version in the image of argocd-server. Undefined if Argo CD is not installed, or if the image has only a digest.
 */
async function installedArgocd(client: KubernetesClient): Promise<string | undefined> {
  const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: ARGOCD_NAMESPACE, name: "argocd-server" };
  const server = await unlessForbidden(client.get(ref));
  const { template } = (server?.spec ?? {}) as { template?: { spec?: { containers?: { image?: string }[] } } };
  const images = template?.spec?.containers?.map(({ image = "" }) => /:v(\d+\.\d+\.\d+)/.exec(image)?.[1]) ?? [];
  return images.find((version) => version !== undefined);
}

/** Undefined also if there is none: then the cluster makes nodes when it has pods for them. */
async function nodesOf(client: KubernetesClient): Promise<NodeFacts[] | undefined> {
  const nodes = await unlessForbidden(client.list("v1", "Node"));
  if (nodes?.length === 0) return undefined;
  return nodes?.map(({ metadata, spec }) => {
    const { taints = [], unschedulable = false } = (spec ?? {}) as Partial<NodeFacts>;
    return { labels: metadata.labels ?? {}, taints, unschedulable };
  });
}

async function servedOf(client: KubernetesClient, apiVersion: string, kinds: readonly string[]): Promise<string[]> {
  const served = await Promise.all(kinds.map((kind) => client.serves(apiVersion, kind)));
  return kinds.filter((_kind, index) => served[index]);
}

async function namespacesOf(client: KubernetesClient): Promise<string[] | undefined> {
  const namespaces = await unlessForbidden(client.list("v1", "Namespace"));
  return namespaces?.map(({ metadata }) => metadata.name);
}

/**
 * Every Application with an environment's label belongs to a service, except the catalogue's own, which writes into
 * Argo CD's namespace: an earlier version accepted a service with the same name. Argo CD tracks those of the catalogue
 * by an annotation.
 */
async function applicationsOf(client: KubernetesClient): Promise<DeliveredService[] | undefined> {
  if (!(await client.serves(APPLICATIONS, "Application"))) return [];
  const options = { namespace: ARGOCD_NAMESPACE, labelSelector: ENVIRONMENT_LABEL };
  const applications = await unlessForbidden(client.list(APPLICATIONS, "Application", options));
  return applications
    ?.map(({ metadata: { name, annotations }, spec }) => ({
      service: name,
      namespace: (spec as { destination?: { namespace?: string } } | undefined)?.destination?.namespace ?? "",
      isCatalogues: annotations?.[TRACKING_ANNOTATION]?.startsWith(`${CATALOGUE}:`) === true,
    }))
    .filter(({ service, namespace }) => service !== CATALOGUE || namespace !== ARGOCD_NAMESPACE);
}

const APPLICATIONS = "argoproj.io/v1alpha1";

/** Undefined if the user has no right to read it. Installing Argo CD does not require that right. */
async function unlessForbidden<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.status === 403) return undefined;
    throw error;
  }
}
