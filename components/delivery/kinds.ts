/** The kinds that the service chart renders, all of them of a namespace. `gitops validate` refuses all others. */
export const SERVICE_KINDS = [
  { group: "", kind: "ConfigMap" },
  { group: "", kind: "Service" },
  { group: "", kind: "ServiceAccount" },
  { group: "apps", kind: "Deployment" },
  { group: "apps", kind: "StatefulSet" },
  { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
  { group: "batch", kind: "CronJob" },
  { group: "batch", kind: "Job" },
  { group: "external-secrets.io", kind: "ExternalSecret" },
  { group: "gateway.networking.k8s.io", kind: "GRPCRoute" },
  { group: "gateway.networking.k8s.io", kind: "HTTPRoute" },
  { group: "monitoring.coreos.com", kind: "ServiceMonitor" },
  { group: "networking.k8s.io", kind: "Ingress" },
  { group: "networking.k8s.io", kind: "NetworkPolicy" },
  { group: "policy", kind: "PodDisruptionBudget" },
];

/**
 * The kinds that controllers create from them. An AppProject must permit these too: Argo CD omits all other kinds from
 * an Application's tree, and without the pods it shows neither the running images nor logs. Secrets and volume
 * claims are not among them: no chart may render one, and nothing needs to see those that controllers create.
 */
export const OWNED_KINDS = [
  { group: "", kind: "Pod" },
  { group: "apps", kind: "ReplicaSet" },
];
