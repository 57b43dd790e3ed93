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
