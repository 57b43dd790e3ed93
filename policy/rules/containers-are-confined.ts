import { confinementProblems, WANTED_RESOURCES, type WantedResources } from "../confinement";
import { podSpecOf } from "../pods";
import type { ResourceRule } from "../rule";

/**
 * What a container that was broken into must not be able to do: become root, reach the node, or starve its neighbours.
 */
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
        default: WANTED_RESOURCES.requests,
        description: "What each container must request.",
      },
      limits: {
        type: "array",
        items: { type: "string" },
        default: WANTED_RESOURCES.limits,
        description:
          "What each container's use must be limited of. Not CPU by default: a limit there only makes healing late.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const pod = podSpecOf(args);
    if (!pod) return;
    const wanted = args.getConfig<WantedResources>();
    for (const problem of confinementProblems(pod, wanted)) reportViolation(problem);
  },
};
