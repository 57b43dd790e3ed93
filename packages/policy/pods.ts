import type { Resource } from "./rule";

/** The fields of a container that rules use. */
export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name?: string; readonly value?: string }[];
  readonly ports?: readonly { readonly hostPort?: number }[];
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string | number>>;
    readonly limits?: Readonly<Record<string, string | number>>;
  };
  readonly securityContext?: {
    readonly runAsNonRoot?: boolean;
    readonly runAsUser?: number;
    readonly privileged?: boolean;
    readonly allowPrivilegeEscalation?: boolean;
    readonly capabilities?: { readonly add?: readonly string[]; readonly drop?: readonly string[] };
  };
}

/** The fields of a pod's `spec` that rules use. */
export interface PodSpec {
  readonly hostNetwork?: boolean;
  readonly hostPID?: boolean;
  readonly hostIPC?: boolean;
  readonly serviceAccountName?: string;
  /** For all containers together. */
  readonly resources?: Container["resources"];
  readonly volumes?: readonly { readonly name?: string; readonly hostPath?: { readonly path?: string } }[];
  readonly securityContext?: { readonly runAsNonRoot?: boolean; readonly runAsUser?: number };
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly ephemeralContainers?: readonly Container[];
}

interface Workload {
  spec?: { template?: { spec?: PodSpec }; jobTemplate?: { spec?: { template?: { spec?: PodSpec } } } };
}

const TEMPLATED = /^kubernetes:(apps\/v1:(Deployment|StatefulSet|DaemonSet|ReplicaSet)|batch\/v1:Job)$/;

/** The `spec` of the pods that a resource creates; undefined if it creates none. */
export function podSpecOf({ type, props }: Pick<Resource, "type" | "props">): PodSpec | undefined {
  const { spec } = props as Workload;
  if (TEMPLATED.test(type)) return spec?.template?.spec ?? {};
  if (type === "kubernetes:batch/v1:CronJob") return spec?.jobTemplate?.spec?.template?.spec ?? {};
  return type === "kubernetes:core/v1:Pod" ? ((spec as PodSpec | undefined) ?? {}) : undefined;
}

/** All containers of a pod, including init and ephemeral containers. */
export function containersOf({ initContainers = [], containers = [], ephemeralContainers = [] }: PodSpec): Container[] {
  return [...initContainers, ...containers, ...ephemeralContainers];
}
