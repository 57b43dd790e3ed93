import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { isOlder } from "@gitops-platform/environments/cluster";
import supported from "../../../supported.json";
import { declaredIn } from "../drift/declared";
import { readTwice } from "../drift/finding";
import { DriftReader } from "../drift/reader";
import { Failure } from "@gitops-platform/contract/failure";
import { localGraph } from "../graph";
import { log } from "../session";
import { readCluster } from "../status/status";
import type { AskClusters } from "./status";

/** What `gitops status` asks the clusters of `--cluster`: Argo CD's Applications, and undeclared changes. */
export const askClusters: AskClusters = async (options) => {
  const clients = parseClusters(options);
  await warnOfOldClusters(clients);
  return ({ clone }) => {
    const declares = declaredIn(clone);
    const named = [...clients];
    return {
      sources: new Map(named.map(([name, client]) => [name, readCluster(client)])),
      driftReaders: new Map(
        named.map(([name, client]) => [name, () => readTwice(new DriftReader(client, name, declares))]),
      ),
    };
  };
};

/**
 * The Kubernetes clients of `--cluster`, by environment.
 * @throws {Failure} naming what is wrong with the option or the kubeconfig.
 */
export function parseClusters(options: readonly string[]): Map<string, KubernetesClient> {
  const found = options.map(parseCluster);
  const problems = found.filter((each) => typeof each === "string");
  if (problems.length > 0) throw new Failure(...problems);
  return new Map(found.filter((each) => typeof each !== "string"));
}

/** Names the clusters whose Kubernetes is too old. Those that do not respond are reported by their reader. */
export async function warnOfOldClusters(
  clients: ReadonlyMap<string, Pick<KubernetesClient, "version">>,
  tell: (text: string) => void = log,
): Promise<void> {
  const wanted = supported.kubernetes;
  const asked = [...clients].map(async ([name, client]) => {
    const version = await client.version().catch(() => undefined);
    if (version === undefined || !isOlder(version, wanted)) return;
    tell(`--cluster ${name}: got Kubernetes ${version}; expected ${wanted} or newer. Upgrade the cluster.`);
  });
  await Promise.all(asked);
}

/** The cluster that one option names, or the problem with it. */
function parseCluster(text: string): [environment: string, client: KubernetesClient] | string {
  const [, name = "", file = "", context] = /^([^=]+)=(.+?)(?::([^:/]+))?$/.exec(text) ?? [];
  if (!localGraph().has(name)) {
    const known = localGraph().names.join(", ");
    return (
      `--cluster: got ${JSON.stringify(text)}; expected <environment>=<kubeconfig>[:<context>]. ` +
      `Environments: ${known}.`
    );
  }
  try {
    return [name, KubernetesClient.fromKubeconfig(file, context)];
  } catch (error) {
    return `--cluster ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
