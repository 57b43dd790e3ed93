import type { ClusterPorts } from "../ports";
import type { EnvironmentName } from "../paths";
import type { Tools } from "../tools/build";

/** What an environment's processes are made from. */
export interface ClusterOptions {
  environment: EnvironmentName;
  tools: Tools;
  /** Absolute paths: the keys' folder and the kubeconfigs of the environment, and etcd's folder. */
  folders: { keys: string; kubeconfig: string; boardKubeconfig: string; etcd: string };
  ports: ClusterPorts;
}
