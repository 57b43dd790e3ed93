import type { KubernetesClient } from "../../clients/kubernetes";
import type { ClusterPorts } from "../ports";
import { boardObjects, defaultNodes, metricsObjects, nodeObjects } from "./objects";

/** The field manager of what the sandbox itself puts into a cluster. */
const fieldManager = "gitops-platform-sandbox";

/** Settings of {@link prepareCluster}. */
export interface PrepareOptions {
  ports: Pick<ClusterPorts, "metricsServer">;
  /** How many nodes the cluster has. Default 3. More are kept when there are more. */
  nodes?: number;
}

/**
 * Puts nodes, metrics and the board's rights into a cluster whose API server is ready. Changes nothing the second time.
 */
export async function prepareCluster(client: KubernetesClient, options: PrepareOptions): Promise<void> {
  const objects = [...metricsObjects(options.ports), ...boardObjects()];
  await Promise.all(objects.map((object) => client.apply(object, { fieldManager, force: true })));
  const known = new Set((await client.list("v1", "Node")).map(({ metadata }) => metadata.name));
  // Only new ones are applied: KWOK owns a node's status from then on.
  const missing = nodeObjects(options.nodes ?? defaultNodes).filter(({ metadata }) => !known.has(metadata.name));
  await Promise.all(missing.map((node) => client.apply(node, { fieldManager, force: true })));
}
