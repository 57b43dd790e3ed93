import { containersOf, podSpecOf, type Container, type PodSpec } from "../pods";
import { show, type ResourceRule } from "../rule";

/** What a container that was broken into must not be able to do: become root, reach the node, or starve its neighbours. */
export const containersAreConfined: ResourceRule = {
  name: "containers-are-confined",
  displayName: "Containers are confined",
  description:
    "Each container runs as somebody else than root, without privileges, and says what it needs of CPU and memory and when it has had enough.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Set securityContext and resources; those of Argo CD's own are in components/argocd/resources.ts.",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  configSchema: {
    properties: {
      requests: {
        type: "array",
        items: { type: "string" },
        default: ["cpu", "memory"],
        description: "What each container must request.",
      },
      limits: {
        type: "array",
        items: { type: "string" },
        default: ["memory"],
        description:
          "What each container's use must be limited of. Not CPU by default: a limit there only makes healing late.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const pod = podSpecOf(args);
    if (!pod) return;
    for (const key of ["hostNetwork", "hostPID", "hostIPC"] as const) {
      if (pod[key] === true)
        reportViolation(`${key}: got true; expected nothing: the pod would be on the node itself.`);
    }
    const wanted = args.getConfig<{ requests: string[]; limits: string[] }>();
    for (const container of containersOf(pod)) {
      const problems = [...security(pod, container), ...resources(container, wanted)];
      for (const problem of problems) reportViolation(`container ${container.name ?? ""}: ${problem}`);
    }
  },
};

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

function resources(container: Container, wanted: { requests: string[]; limits: string[] }): string[] {
  return (["requests", "limits"] as const).flatMap((kind) =>
    wanted[kind]
      .filter((name) => container.resources?.[kind]?.[name] === undefined)
      .map((name) => `resources.${kind}.${name}: got nothing; expected a quantity.`),
  );
}
