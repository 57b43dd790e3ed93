/**
 * The environment of the clusters' Go programs. It contains nothing of the user's, so that their proxy or KUBECONFIG
 * cannot affect a sandbox.
 */
export const goEnvironment: Readonly<Record<string, string>> = { PATH: "/usr/bin:/bin" };
