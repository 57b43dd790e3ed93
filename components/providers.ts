import * as github from "@pulumi/github";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { Ownership } from "../environments/ownership";
import type { Settings } from "../environments/settings";

/** The stack's cluster, by kubeconfig and context: whatever cluster a shell points to plays no part. */
export function clusterProvider({ kubeconfig, context }: Settings["cluster"]): KubernetesProvider {
  return new KubernetesProvider("cluster", {
    // Its content holds credentials.
    kubeconfig: "path" in kubeconfig ? kubeconfig.path : pulumi.secret(kubeconfig.content),
    context,
    // By default the provider, and with it every object, is replaced where the address in the kubeconfig changes: a
    // tunnel, a private endpoint. The context says which cluster it is.
    clusterIdentifier: context,
    // By default a changed ConfigMap or Secret is deleted and made anew: argocd-secret would lose what Argo CD keeps in
    // it.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // Whoever edits a field holds it from then on. By default an apply that gives it back its value is refused as a
    // conflict, and `pulumi up --refresh` would undo nothing.
    enablePatchForce: true,
  });
}

/** GitHub as the platform's account. */
export function githubProvider(owner: string, { githubToken, apiUrl }: Ownership): github.Provider {
  return new github.Provider("github", {
    owner,
    token: githubToken,
    // Named always: the provider would take GITHUB_BASE_URL from the environment.
    baseUrl: apiUrl ?? "https://api.github.com/",
    // github.com asks for a second between two writes, which is the provider's default; a server of one's own does not.
    ...(apiUrl !== undefined && { writeDelayMs: 0 }),
  });
}
