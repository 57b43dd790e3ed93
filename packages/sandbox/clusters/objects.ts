import type { KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { DELIVERED_KINDS } from "@gitops-platform/environments/profiles";
import type { ClusterPorts } from "../ports";

/** One node for each of three zones. Each can run 110 pods, which is Kubernetes' default. */
export const defaultNodes = 3;

/** Simulated nodes. Their capacity is set here, because KWOK's own default is a million pods. */
export function nodeObjects(count: number): KubernetesObject[] {
  const capacity = { cpu: "32", memory: "256Gi", "ephemeral-storage": "500Gi", pods: "110" };
  return Array.from({ length: count }, (_, index) => {
    const name = `node-${index}`;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        annotations: {
          "kwok.x-k8s.io/node": "fake",
          // All nodes share KWOK's port, so metrics-server distinguishes them by path (usage-metrics.yaml).
          "metrics.k8s.io/resource-metrics-path": `/metrics/nodes/${name}/metrics/resource`,
        },
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "node-role.kubernetes.io/worker": "",
          "topology.kubernetes.io/zone": `zone-${index % 3}`,
          type: "kwok",
        },
      },
      status: { capacity, allocatable: capacity },
    };
  });
}

/** Registers the metrics-server that runs beside the cluster, so that `kubectl top` and autoscalers find it. */
export function metricsObjects({ metricsServer }: Pick<ClusterPorts, "metricsServer">): KubernetesObject[] {
  const service = { name: "metrics-server", namespace: "kube-system" };
  const role = "sandbox:metrics-reader";
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: service,
      spec: {
        type: "ExternalName",
        externalName: "localhost",
        ports: [{ name: "https", port: metricsServer, protocol: "TCP" }],
      },
    },
    {
      apiVersion: "apiregistration.k8s.io/v1",
      kind: "APIService",
      metadata: { name: "v1beta1.metrics.k8s.io" },
      spec: {
        group: "metrics.k8s.io",
        version: "v1beta1",
        groupPriorityMinimum: 100,
        versionPriority: 100,
        insecureSkipTLSVerify: true,
        service: { ...service, port: metricsServer },
      },
    },
    // Without certificates between the two, metrics-server cannot recognise the API server and treats its requests as
    // anonymous. The API server itself rejects anonymous requests.
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: role },
      rules: [
        { apiGroups: ["metrics.k8s.io"], resources: ["pods", "nodes"], verbs: ["get", "list"] },
        { nonResourceURLs: ["/apis", "/apis/metrics.k8s.io", "/apis/metrics.k8s.io/*", "/openapi/*"], verbs: ["get"] },
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "system:anonymous" }],
    },
  ];
}

/**
 * Lets the board watch Argo CD's Applications and search for objects that nobody declared: it can list every kind, and
 * get the kinds that the platform delivers or creates. The board requests only the metadata of Secrets, but RBAC cannot
 * limit the permission to that, so this token can list Secrets with their data. Without the permission, the board would
 * not find stray Secrets.
 */
export function boardObjects(): KubernetesObject[] {
  const role = "sandbox:board";
  return [
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: role },
      rules: [
        { apiGroups: ["argoproj.io"], resources: ["applications"], verbs: ["get", "list", "watch"] },
        { apiGroups: ["*"], resources: ["*"], verbs: ["list"] },
        { apiGroups: [""], resources: ["namespaces", "resourcequotas"], verbs: ["get"] },
        ...DELIVERED_KINDS.map(({ group, kind }) => ({
          apiGroups: [group],
          resources: [pluralOf(kind)],
          verbs: ["get"],
        })),
      ],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "board" }],
    },
  ];
}

/** The plural resource name of a kind that the platform delivers. */
function pluralOf(kind: string): string {
  return kind.toLowerCase().replace(/y$/, "ie").replace(/s$/, "se") + "s";
}
