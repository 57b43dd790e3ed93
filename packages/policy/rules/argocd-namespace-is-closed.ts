import { ARGOCD_NAMESPACE, metadata, TYPES } from "../kubernetes";
import { formatValue } from "@gitops-platform/contract/values/plain";
import type { Resource, StackRule } from "../rule";

const LEVEL = "pod-security.kubernetes.io/enforce";

interface NetworkPolicySpec {
  podSelector?: { matchLabels?: object; matchExpressions?: unknown[] };
  policyTypes?: string[];
  ingress?: unknown[];
}

/** Argo CD has full access to its cluster, so a pod beside it must get no privileges, and no connection by accident. */
export const argocdNamespaceIsClosed: StackRule = {
  name: "argocd-namespace-is-closed",
  displayName: "Argo CD's namespace is closed",
  description:
    "Argo CD's namespace enforces the Pod Security level restricted, which upstream's pods comply with, " +
    "and a network policy refuses connections to every pod that no other policy permits.",
  enforcementLevel: "mandatory",
  severity: "high",
  remediationSteps:
    "Restore the namespace in components/argocd/installation.ts, and the network policy in components/argocd/tuned.ts.",
  url: "https://kubernetes.io/docs/concepts/services-networking/network-policies/#default-deny-all-ingress-traffic",
  validateStack: ({ resources }, reportViolation) => {
    const namespace = resources.find((resource) => {
      return resource.type === TYPES.namespace && metadata(resource).name === ARGOCD_NAMESPACE;
    });
    if (!namespace) return;
    const level = metadata(namespace).labels?.[LEVEL];
    if (level !== "restricted") {
      reportViolation(`${LEVEL}: got ${formatValue(level)}; expected "restricted".`, namespace.urn);
    }
    if (!resources.some(deniesIngress)) {
      reportViolation(
        "NetworkPolicy: got none that selects all pods of the namespace and permits nothing; expected one.",
        namespace.urn,
      );
    }
  },
};

function deniesIngress(resource: Resource): boolean {
  if (resource.type !== TYPES.networkPolicy || metadata(resource).namespace !== ARGOCD_NAMESPACE) return false;
  const { podSelector, policyTypes = [], ingress = [] } = (resource.props.spec ?? {}) as NetworkPolicySpec;
  const { matchLabels = {}, matchExpressions = [] } = podSelector ?? { matchLabels: { none: "" } };
  const selectsAll = Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
  return selectsAll && policyTypes.includes("Ingress") && ingress.length === 0;
}
