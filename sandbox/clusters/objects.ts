import type { KubernetesObject } from "../../clients/kubernetes";
import { SERVICE_KINDS } from "../../components/delivery/kinds";
import type { ClusterPorts } from "../ports";

/** As many as a production cluster of three zones; each holds 110 pods, as real ones do. */
export const defaultNodes = 3;

/** Nodes that only KWOK knows. Their capacity is set here, since KWOK's own default is a million pods. */
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
          // All nodes share KWOK's port: metrics-server finds each one's usage by its path (usage-metrics.yaml).
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

/** Makes the metrics-server beside the cluster the cluster's own: `kubectl top` and autoscalers find it. */
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
    // Without certificates between the two, metrics-server cannot tell that it is the API server who asks, and takes
    // the request for an anonymous one. The API server itself admits nobody anonymous.
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
 * Lets the board follow Argo CD's Applications and look for what nobody declared: it lists every kind, and reads whole
 * objects of those that the platform delivers or makes. A list of Secrets is asked for without what they hold; the API
 * server has no right that allows only that, so anyone who takes this token could ask for more. Without the right,
 * stray Secrets are not found.
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
        ...SERVICE_KINDS.map(({ group, kind }) => ({
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

/** The resource of a kind that the platform delivers. */
function pluralOf(kind: string): string {
  return kind.toLowerCase().replace(/y$/, "ie") + "s";
}
