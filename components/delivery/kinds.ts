/** The kinds that the service chart makes, and all that `gitops validate` lets a service declare. */
export const SERVICE_KINDS = [
  { group: "", kind: "Service" },
  { group: "", kind: "ServiceAccount" },
  { group: "apps", kind: "Deployment" },
  { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
  { group: "networking.k8s.io", kind: "NetworkPolicy" },
  { group: "policy", kind: "PodDisruptionBudget" },
];

/**
 * What controllers make of those. A project has to permit them as well: Argo CD leaves any other kind out of an
 * Application's tree, and with the pods also the images that run and their logs.
 */
export const OWNED_KINDS = [
  { group: "", kind: "Pod" },
  { group: "apps", kind: "ReplicaSet" },
];
