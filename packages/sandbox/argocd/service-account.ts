import { dirname, resolve } from "node:path";
import { parse, stringify } from "yaml";
import type { Workload } from "./workload";

interface Kubeconfig {
  "current-context": string;
  contexts: { name: string; context: { user: string; namespace?: string } }[];
  users: { name: string; user: Record<string, unknown> }[];
  clusters: { name: string; cluster: Record<string, unknown> }[];
}

const fileKeys = ["certificate-authority", "client-certificate", "client-key", "tokenFile"];

/**
 * A kubeconfig that impersonates the pod's service account, so that the installed roles apply here as in a cluster. The
 * namespace is the pod's, because Argo CD's processes read theirs from it.
 * @param text the administrator's kubeconfig; its current context is used
 * @param file its path; relative paths in it refer to its folder
 */
export function kubeconfigOf(text: string, file: string, workload: Workload): string {
  const config = parse(text) as Kubeconfig;
  const name = config["current-context"];
  const context = config.contexts.find((candidate) => candidate.name === name)?.context;
  const user = config.users.find((candidate) => candidate.name === context?.user)?.user;
  if (!context || !user) {
    throw new Error(
      `${file}: got current-context ${JSON.stringify(name)}; expected a context of this file whose user it contains. ` +
        "Restart the sandbox, which writes the file again.",
    );
  }
  context.namespace = workload.namespace;
  user.as = `system:serviceaccount:${workload.namespace}:${workload.template.spec?.serviceAccountName ?? "default"}`;
  user["as-groups"] = [
    "system:serviceaccounts",
    `system:serviceaccounts:${workload.namespace}`,
    "system:authenticated",
  ];
  for (const entry of [...config.clusters.map(({ cluster }) => cluster), ...config.users.map(({ user: u }) => u)]) {
    for (const key of fileKeys) {
      if (typeof entry[key] === "string") entry[key] = resolve(dirname(file), entry[key]);
    }
  }
  return stringify(config);
}
