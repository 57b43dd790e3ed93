import { confinementProblems, REQUIRED_RESOURCES, type RequiredResources } from "../confinement";
import { podSpecOf } from "../pods";
import type { ResourceRule } from "../rule";

/**
 * Limits what an attacker can do in a compromised container: become root, access the node, or take resources from other
 * pods.
 */
export const containersAreConfined: ResourceRule = {
  name: "containers-are-confined",
  displayName: "Containers are confined",
  description: "Each container runs without root and privileges, requests CPU and memory, and limits its memory.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Set securityContext and resources. Those of Argo CD are in components/argocd/resources.ts.",
  url: "https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted",
  configSchema: {
    properties: {
      requests: {
        type: "array",
        items: { type: "string" },
        default: REQUIRED_RESOURCES.requests,
        description: "The resources that each container must request.",
      },
      limits: {
        type: "array",
        items: { type: "string" },
        default: REQUIRED_RESOURCES.limits,
        description:
          "The resources that each container must limit. Not CPU by default: a CPU limit only delays self-healing.",
      },
    },
  },
  validateResource: (args, reportViolation) => {
    const pod = podSpecOf(args);
    if (!pod) return;
    const required = args.getConfig<RequiredResources>();
    for (const problem of confinementProblems(pod, required)) reportViolation(problem);
  },
};
