import * as github from "@pulumi/github";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import type { Ownership } from "@gitops-platform/environments/settings/ownership";
import type { Settings } from "@gitops-platform/environments/settings";

/** The provider for the stack's cluster. It uses the configured kubeconfig and context, never the shell's. */
export function clusterProvider({ kubeconfig, context }: Settings["cluster"]): KubernetesProvider {
  return new KubernetesProvider("cluster", {
    // The content includes credentials.
    kubeconfig: "path" in kubeconfig ? kubeconfig.path : pulumi.secret(kubeconfig.content),
    context,
    // By default, a changed server URL in the kubeconfig, such as a tunnel's, replaces the provider and every object.
    // Here the context identifies the cluster.
    clusterIdentifier: context,
    // By default, a changed ConfigMap or Secret is deleted and recreated: argocd-secret would lose the entries that
    // Argo CD adds to it.
    enableConfigMapMutable: true,
    enableSecretMutable: true,
    // The editor of a field owns it from then on. By default an apply that restores the field's value is refused as a
    // conflict, so `pulumi up --refresh` would undo nothing.
    enablePatchForce: true,
  });
}

/** The provider for GitHub, authenticated with the stack's `githubToken`. */
export function githubProvider(owner: string, { githubToken, apiUrl }: Ownership): github.Provider {
  return new github.Provider("github", {
    owner,
    token: githubToken,
    // Always set: otherwise the provider would use GITHUB_BASE_URL from the environment.
    baseUrl: apiUrl ?? "https://api.github.com/",
    // The provider waits one second between writes by default, as github.com requires; a self-hosted server does not.
    ...(apiUrl !== undefined && { writeDelayMs: 0 }),
  });
}
