import { containersOf, type Container, type PodSpec } from "./pods";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { amount } from "@gitops-platform/rules/quantity";

/** The resource requests and limits that each container must set. */
export interface RequiredResources {
  /** Names of resources that must have a request. */
  readonly requests: readonly string[];
  /** Names of resources that must have a limit. */
  readonly limits: readonly string[];
}

/** Default. Does not require a CPU limit, which would only delay Argo CD's self-healing. */
export const REQUIRED_RESOURCES: RequiredResources = { requests: ["cpu", "memory"], limits: ["memory"] };

/**
 * Finds settings with which a pod could access the node, become root or take resources from other pods.
 * @returns messages of the form `key: got value; expected rule.`
 */
export function confinementProblems(pod: PodSpec, required: RequiredResources): string[] {
  const onNode = (["hostNetwork", "hostPID", "hostIPC"] as const)
    .filter((key) => pod[key] === true)
    .map((key) => `${key}: got true; expected false, because the pod would share a namespace with the node.`);
  const volumes = (pod.volumes ?? [])
    .filter(({ hostPath }) => hostPath !== undefined)
    .map(({ name = "", hostPath }) => {
      return (
        `volume ${name}: hostPath: got ${formatValue(hostPath?.path)}; ` +
        "expected another type of volume, because the path is on the node."
      );
    });
  const inContainers = containersOf(pod).flatMap((container) =>
    [...security(pod, container), ...hostPorts(container), ...resources(container, required)].map(
      (problem) => `container ${container.name ?? ""}: ${problem}`,
    ),
  );
  return [...onNode, ...volumes, ...resources(pod, { requests: [], limits: [] }), ...inContainers];
}

function security(pod: PodSpec, { securityContext = {} }: Container): string[] {
  const nonRoot = securityContext.runAsNonRoot ?? pod.securityContext?.runAsNonRoot;
  const user = securityContext.runAsUser ?? pod.securityContext?.runAsUser;
  const { privileged, allowPrivilegeEscalation, capabilities } = securityContext;
  return [
    ...(nonRoot === true && user !== 0
      ? []
      : [`runAsNonRoot: got ${formatValue(nonRoot)}, user ${formatValue(user)}; expected true.`]),
    ...(privileged === true ? ["privileged: got true; expected false."] : []),
    ...(allowPrivilegeEscalation === false
      ? []
      : [`allowPrivilegeEscalation: got ${formatValue(allowPrivilegeEscalation)}; expected false.`]),
    ...(capabilities?.drop?.includes("ALL")
      ? []
      : [`capabilities.drop: got ${formatValue(capabilities?.drop)}; expected ["ALL"].`]),
    ...(capabilities?.add ?? []).map((name) => `capabilities.add: got ${formatValue(name)}; expected none.`),
  ];
}

function hostPorts({ ports = [] }: Container): string[] {
  return ports
    .filter(({ hostPort }) => hostPort !== undefined && hostPort !== 0)
    .map(({ hostPort }) => `ports.hostPort: got ${formatValue(hostPort)}; expected none, because it is on the node.`);
}

function resources(of: Pick<Container, "resources">, required: RequiredResources): string[] {
  return (["requests", "limits"] as const).flatMap((kind) => {
    const given = of.resources?.[kind] ?? {};
    const invalid = Object.entries(given).filter(([, quantity]) => Number.isNaN(amount(quantity)));
    return [
      ...required[kind].filter((name) => given[name] === undefined).map((name) => ({ name, got: "nothing" })),
      ...invalid.map(([name, quantity]) => ({ name, got: formatValue(quantity) })),
    ].map(({ name, got }) => `resources.${kind}.${name}: got ${got}; expected a quantity.`);
  });
}
