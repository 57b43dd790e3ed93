import { ApiError, KubernetesClient, UnreachableError } from "@gitops-platform/clients/kubernetes";
import type { ClusterFacts } from "@gitops-platform/environments/cluster";
import supported from "../supported.json";
import { ARGOCD_NAMESPACE } from "./argocd/installation";

/**
 * Reads the facts about a cluster and the kubeconfig's user that the guard depends on. Undefined if the cluster is
 * behind a proxy or refuses this user; the Kubernetes provider reports that later.
 */
export async function readClusterFacts(kubeconfig: string, context: string): Promise<ClusterFacts | undefined> {
  let client: KubernetesClient;
  try {
    client = KubernetesClient.fromKubeconfig(kubeconfig, context);
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
    return { servesPolicies, version, oldest, user: username, groups, ...(refusal !== undefined && { refusal }) };
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
