import { ENVIRONMENT_LABEL, metadata, TYPES } from "../kubernetes";
import { show, type Resource, type StackRule } from "../rule";

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
 * The chart's containers are no resources of a stack: Argo CD makes them. So their limits are those of the namespace,
 * which does not admit a pod that runs as root, asks for a privilege, or says nothing of what it needs.
 */
export const namespacesConfineServices: StackRule = {
  name: "namespaces-confine-services",
  displayName: "Namespaces confine their services",
  description:
    "A service's namespace enforces Pod Security, a quota that makes requests and limits mandatory, and a network policy that denies by default.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps: "Give the namespace what components/delivery/namespace.ts gives.",
  url: "docs/architecture.md",
  configSchema: {
    properties: {
      podSecurity: { type: "string", default: "restricted", description: "The Pod Security level to enforce." },
      quota: {
        type: "array",
        items: { type: "string" },
        default: ["requests.cpu", "requests.memory", "limits.memory"],
        description:
          "What the quota limits, and each container must therefore say. Not limits.cpu: containers may go without.",
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
        report(`pod-security.kubernetes.io/enforce: got ${show(level)}; expected ${show(podSecurity)}.`);
      const within = (type: string) =>
        resources.filter((resource) => resource.type === type && metadata(resource).namespace === name);
      const limited = within(TYPES.quota).flatMap(({ props }) =>
        Object.keys((props.spec as { hard?: Record<string, string> } | undefined)?.hard ?? {}),
      );
      const missing = quota.filter((key) => !limited.includes(key));
      if (missing.length > 0) report(`ResourceQuota: got none for ${missing.join(", ")}; expected one.`);
      if (!within(TYPES.networkPolicy).some(deniesByDefault)) {
        report("NetworkPolicy: got none that selects every pod and lets nothing in; expected one.");
      }
    }
  },
};

function deniesByDefault({ props }: Resource): boolean {
  const { podSelector, policyTypes = [], ingress = [] } = (props.spec ?? {}) as NetworkPolicySpec;
  const every = podSelector !== undefined && Object.keys(podSelector).length === 0;
  return every && policyTypes.includes("Ingress") && policyTypes.includes("Egress") && ingress.length === 0;
}
