/** The kinds that the service chart renders. `gitops validate` refuses all others. */
export const SERVICE_KINDS = [
  { group: "", kind: "Service" },
  { group: "", kind: "ServiceAccount" },
  { group: "apps", kind: "Deployment" },
  { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
  { group: "networking.k8s.io", kind: "NetworkPolicy" },
  { group: "policy", kind: "PodDisruptionBudget" },
];

/**
 * The kinds that controllers create from them. An AppProject must permit these too: Argo CD omits all other kinds from
 * an Application's tree, and without the pods it shows neither the running images nor logs.
 */
export const OWNED_KINDS = [
  { group: "", kind: "Pod" },
  { group: "apps", kind: "ReplicaSet" },
];
