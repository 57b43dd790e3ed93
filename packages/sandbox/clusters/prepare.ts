import type { KubernetesClient } from "@gitops-platform/clients/kubernetes";
import type { ClusterPorts } from "../ports";
import { boardObjects, defaultNodes, metricsObjects, nodeObjects } from "./objects";

/** The field manager of the objects that the sandbox itself applies to a cluster. */
const fieldManager = "gitops-platform-sandbox";

/** Settings of {@link prepareCluster}. */
export interface PrepareOptions {
  ports: Pick<ClusterPorts, "metricsServer">;
  /** The minimum number of nodes. Default 3. Existing nodes are kept. */
  nodes?: number;
}

/** Applies nodes, metrics and the board's permissions to a cluster whose API server is ready. Idempotent. */
export async function prepareCluster(client: KubernetesClient, options: PrepareOptions): Promise<void> {
  const objects = [...metricsObjects(options.ports), ...boardObjects()];
  await Promise.all(objects.map((object) => client.apply(object, { fieldManager, force: true })));
  const known = new Set((await client.list("v1", "Node")).map(({ metadata }) => metadata.name));
  // Apply only new nodes: KWOK owns a node's status after that.
  const missing = nodeObjects(options.nodes ?? defaultNodes).filter(({ metadata }) => !known.has(metadata.name));
  await Promise.all(missing.map((node) => client.apply(node, { fieldManager, force: true })));
}

/** What the cluster adds to a node that is not ready: https://kubernetes.io/docs/reference/labels-annotations-taints */
const NOT_READY = "node.kubernetes.io/not-ready";

interface NodeState {
  readonly spec?: { readonly taints?: readonly { readonly key: string }[] };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

/**
 * The names of the nodes that accept no pods yet. A new node keeps a taint until a controller has seen that it is
 * ready, and `up` does not count it until then.
 */
export async function waitingNodes(client: KubernetesClient): Promise<string[]> {
  const nodes = await client.list("v1", "Node");
  return nodes.filter((node) => !acceptsPods(node as NodeState)).map(({ metadata }) => metadata.name);
}

function acceptsPods({ spec, status }: NodeState): boolean {
  const isReady = status?.conditions?.some((condition) => condition.type === "Ready" && condition.status === "True");
  return isReady === true && spec?.taints?.some(({ key }) => key === NOT_READY) !== true;
}
