import type { ClusterPorts } from "../ports";
import type { EnvironmentName } from "../paths";
import type { Tools } from "../tools/build";

/** What an environment's processes are built from. */
export interface ClusterOptions {
  environment: EnvironmentName;
  tools: Tools;
  /** Absolute paths: the environment's keys folder and kubeconfigs, and etcd's folder. */
  folders: { keys: string; kubeconfig: string; boardKubeconfig: string; etcd: string };
  ports: ClusterPorts;
}
