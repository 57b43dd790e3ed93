import { createRequire } from "node:module";
import type * as kubernetes from "../clients/kubernetes";
import type { ClusterFacts } from "../environments/cluster";
import supported from "../supported.json";
import { ARGOCD_NAMESPACE } from "./argocd/installation";

/**
 * What a cluster says about itself and about the kubeconfig's user. Undefined where it cannot be asked: behind a proxy,
 * or where it does not know this user, which the provider then reports.
 */
export async function askCluster(kubeconfig: string, context: string): Promise<ClusterFacts | undefined> {
  // Loaded here, because a preview would wait a third of a second for what it does not use.
  const { ApiError, KubernetesClient, UnreachableError } = createRequire(__filename)(
    "../clients/kubernetes",
  ) as typeof kubernetes;
  let client: kubernetes.KubernetesClient;
  try {
    client = KubernetesClient.fromKubeconfig(kubeconfig, context);
  } catch {
    return undefined;
  }
  try {
    const servesPolicies = await client.serves("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy");
    const version = await client.version();
    // A cluster without policies may be too old to say who somebody is.
    const { username, groups } = servesPolicies ? await client.whoAmI() : { username: "", groups: [] };
    const refusal = servesPolicies ? await refusalOf(client, ApiError) : undefined;
    const oldest = supported.kubernetes;
    return { servesPolicies, version, oldest, user: username, groups, ...(refusal !== undefined && { refusal }) };
  } catch (error) {
    if (error instanceof ApiError || error instanceof UnreachableError) return undefined;
    throw error;
  } finally {
    client.close();
  }
}

/** What the cluster's present guard says to a change that `up` may make. It judges a dry run like the change. */
async function refusalOf(
  client: kubernetes.KubernetesClient,
  ApiError: typeof kubernetes.ApiError,
): Promise<string | undefined> {
  try {
    await client.patch({ apiVersion: "v1", kind: "Namespace", name: ARGOCD_NAMESPACE }, {}, { dryRun: true });
    return undefined;
  } catch (error) {
    // Where nothing is installed yet there is no guard, and rights by RBAC are the provider's to report.
    if (error instanceof ApiError && [403, 404].includes(error.status)) return error.causes[0];
    throw error;
  }
}
