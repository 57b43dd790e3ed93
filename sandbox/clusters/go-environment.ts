/**
 * The environment of the clusters' Go programs: nothing of the user's, since a proxy or a KUBECONFIG of theirs must not
 * change a sandbox.
 */
export const goEnvironment: Readonly<Record<string, string>> = { PATH: "/usr/bin:/bin" };
