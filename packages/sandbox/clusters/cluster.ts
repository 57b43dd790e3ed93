import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import type { Supervisor } from "../supervisor/supervisor";
import { apiServerProcess } from "./api-server";
import { controllerProcesses } from "./controllers";
import { ensureKeys, keyFiles, kubeconfig, writeAtomically } from "./keys";
import type { ClusterOptions } from "./options";
import { prepareCluster, waitingNodes } from "./prepare";
import { isReady } from "./ready";

/**
 * Starts an environment's cluster and waits until it is ready: nodes, metrics, controllers. Reuses what an earlier run
 * left. Waits for etcd if it is not running yet.
 * @param nodes the minimum number of nodes; default 3
 * @returns a client of the cluster, or undefined if the signal was aborted before it was ready
 */
export async function startCluster(
  options: ClusterOptions,
  supervisor: Pick<Supervisor, "set">,
  signal: AbortSignal,
  nodes?: number,
): Promise<KubernetesClient | undefined> {
  const { environment, folders, ports } = options;
  const { admin, board } = ensureKeys(folders.keys);
  const { certificate } = keyFiles(folders.keys);
  mkdirSync(dirname(folders.kubeconfig), { recursive: true, mode: 0o700 });
  const config = { environment, port: ports.apiServer, certificate };
  writeAtomically(folders.kubeconfig, kubeconfig({ ...config, token: admin }));
  writeAtomically(folders.boardKubeconfig, kubeconfig({ ...config, token: board }));
  supervisor.set(apiServerProcess(options));
  const ended = () => signal.aborted;
  while (!(await isReady({ port: ports.apiServer, token: admin, certificate }))) {
    if (ended()) return undefined;
    await sleep(100);
  }
  for (const spec of controllerProcesses(options)) supervisor.set(spec);
  const client = KubernetesClient.fromKubeconfig(folders.kubeconfig, environment);
  await prepareCluster(client, { ports, ...(nodes !== undefined && { nodes }) });
  while ((await waitingNodes(client)).length > 0) {
    if (ended()) return undefined;
    await sleep(100);
  }
  return client;
}
