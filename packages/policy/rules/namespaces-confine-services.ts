import { ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import { type Resource, type StackRule } from "../rule";

interface Config {
  podSecurity: string;
  quota: string[];
}

interface NetworkPolicySpec {
  podSelector?: Record<string, unknown>;
  policyTypes?: string[];
  ingress?: unknown[];
}

/**
 * Argo CD creates the containers of services, so they are not resources of the stack. Their namespace enforces the
 * limits instead: it rejects pods that run as root, have privileges, or set no requests and limits.
 */
export const namespacesConfineServices: StackRule = {
  name: "namespaces-confine-services",
  displayName: "Namespaces confine their services",
  description:
    "A service's namespace has a Pod Security level, a quota that makes requests and limits mandatory, and a network " +
    "policy that denies traffic by default.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Restore the labels, the quota and the network policy in components/delivery/namespace.ts.",
  url: "docs/architecture.md",
  configSchema: {
    properties: {
      podSecurity: { type: "string", default: "restricted", description: "The required Pod Security level." },
      quota: {
        type: "array",
        items: { type: "string" },
        default: ["requests.cpu", "requests.memory", "limits.memory"],
        description:
          "The resources that the quota must limit, so that each container must set them. A CPU limit is optional.",
      },
    },
  },
  validateStack: (stack, reportViolation) => {
    const { resources } = stack;
    const { podSecurity, quota } = stack.getConfig<Config>();
    for (const namespace of resources.filter(({ type }) => type === TYPES.namespace)) {
      const { name, labels = {} } = metadata(namespace);
      if (labels[ENVIRONMENT_LABEL] === undefined) continue;
      const report = (message: string) => {
        reportViolation(message, namespace.urn);
      };
      const level = labels["pod-security.kubernetes.io/enforce"];
      if (level !== podSecurity)
        report(`pod-security.kubernetes.io/enforce: got ${formatValue(level)}; expected ${formatValue(podSecurity)}.`);
      const within = (type: string) =>
        resources.filter((resource) => resource.type === type && metadata(resource).namespace === name);
      const limited = within(TYPES.quota).flatMap(({ props }) =>
        Object.keys((props.spec as { hard?: Record<string, string> } | undefined)?.hard ?? {}),
      );
      const missing = quota.filter((key) => !limited.includes(key));
      if (missing.length > 0) report(`ResourceQuota: got none for ${missing.join(", ")}; expected one.`);
      if (!within(TYPES.networkPolicy).some(deniesByDefault)) {
        report("NetworkPolicy: got none that selects all pods and allows no ingress; expected one.");
      }
    }
  },
};

function deniesByDefault({ props }: Resource): boolean {
  const { podSelector, policyTypes = [], ingress = [] } = (props.spec ?? {}) as NetworkPolicySpec;
  const every = podSelector !== undefined && Object.keys(podSelector).length === 0;
  return every && policyTypes.includes("Ingress") && policyTypes.includes("Egress") && ingress.length === 0;
}
