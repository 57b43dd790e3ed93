import { containersOf, type Container, type PodSpec } from "./pods";
import { show } from "./rule";

/** What containers must say of their resources. */
export interface WantedResources {
  /** What each must request. */
  readonly requests: readonly string[];
  /** What each one's use must be limited of. */
  readonly limits: readonly string[];
}

/** Unless a stack is configured otherwise. No limit of CPU: for Argo CD it only makes healing late. */
export const WANTED_RESOURCES: WantedResources = { requests: ["cpu", "memory"], limits: ["memory"] };

/**
 * What of a pod could reach the node, become root or starve its neighbours, each as `key: got value; expected rule.`
 */
export function confinementProblems(pod: PodSpec, wanted: WantedResources): string[] {
  const onNode = (["hostNetwork", "hostPID", "hostIPC"] as const)
    .filter((key) => pod[key] === true)
    .map((key) => `${key}: got true; expected nothing: the pod would be on the node itself.`);
  const volumes = (pod.volumes ?? [])
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name = "", hostPath }) => {
      return `volume ${name}: hostPath: got ${show(hostPath?.path)}; expected nothing: it is the node's own.`;
    });
  const inContainers = containersOf(pod).flatMap((container) =>
    [...security(pod, container), ...hostPorts(container), ...resources(container, wanted)].map(
      (problem) => `container ${container.name ?? ""}: ${problem}`,
    ),
  );
  return [...onNode, ...volumes, ...inContainers];
}

function security(pod: PodSpec, { securityContext = {} }: Container): string[] {
  const nonRoot = securityContext.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const user = securityContext.runAsUser ?? pod.securityContext?.runAsUser;
  const { privileged, allowPrivilegeEscalation, capabilities } = securityContext;
  return [
    ...(nonRoot === true && user !== 0
      ? []
      : [`runAsNonRoot: got ${show(nonRoot)}, user ${show(user)}; expected true.`]),
    ...(privileged === true ? ["privileged: got true; expected nothing."] : []),
    ...(allowPrivilegeEscalation === false
      ? []
      : [`allowPrivilegeEscalation: got ${show(allowPrivilegeEscalation)}; expected false.`]),
    ...(capabilities?.drop?.includes("ALL")
      ? []
      : [`capabilities.drop: got ${show(capabilities?.drop)}; expected ["ALL"].`]),
    ...(capabilities?.add ?? []).map((name) => `capabilities.add: got ${show(name)}; expected nothing.`),
  ];
}

function hostPorts({ ports = [] }: Container): string[] {
  return ports
    .filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0)
    .map(({ hostPort }) => `ports.hostPort: got ${show(hostPort)}; expected nothing: it is the node's own.`);
}

function resources(container: Container, wanted: WantedResources): string[] {
  return (["requests", "limits"] as const).flatMap((kind) =>
    wanted[kind]
      .filter((name) => container.resources?.[kind]?.[name] === undefined)
      .map((name) => `resources.${kind}.${name}: got nothing; expected a quantity.`),
  );
}
