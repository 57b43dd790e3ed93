import assert from "node:assert/strict";
import type { KubernetesClient, KubernetesObject } from "@gitops-platform/clients/kubernetes";
import { boardObjects, metricsObjects, nodeObjects } from "../../clusters/objects";
import { prepareCluster } from "../../clusters/prepare";

describe("the objects that the sandbox applies to a cluster", () => {
  it("include nodes for 110 pods each in three zones, with the path of their metrics", () => {
    const [first, second, third, fourth] = nodeObjects(4);
    const capacity = { cpu: "32", memory: "256Gi", "ephemeral-storage": "500Gi", pods: "110" };
    assert.deepEqual(first, {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name: "node-0",
        annotations: {
          "kwok.x-k8s.io/node": "fake",
          "metrics.k8s.io/resource-metrics-path": "/metrics/nodes/node-0/metrics/resource",
        },
        labels: {
          "kubernetes.io/hostname": "node-0",
          "kubernetes.io/os": "linux",
          "node-role.kubernetes.io/worker": "",
          "topology.kubernetes.io/zone": "zone-0",
          type: "kwok",
        },
      },
      status: { capacity, allocatable: capacity },
    });
    const zones = [second, third, fourth].map((node) => node?.metadata.labels?.["topology.kubernetes.io/zone"]);
    assert.deepEqual(zones, ["zone-1", "zone-2", "zone-0"]);
  });

  it("include the metrics API, served by metrics-server on this machine", () => {
    const objects = metricsObjects({ metricsServer: 20003 });
    assert.deepEqual(
      objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
      [
        "Service metrics-server",
        "APIService v1beta1.metrics.k8s.io",
        "ClusterRole sandbox:metrics-reader",
        "ClusterRoleBinding sandbox:metrics-reader",
      ],
    );
    assert.deepEqual(objects[0]?.spec, {
      type: "ExternalName",
      externalName: "localhost",
      ports: [{ name: "https", port: 20003, protocol: "TCP" }],
    });
    assert.deepEqual((objects[1]?.spec as { service: unknown }).service, {
      name: "metrics-server",
      namespace: "kube-system",
      port: 20003,
    });
  });

  it("let anonymous requests read metrics and nothing else", () => {
    const role = metricsObjects({ metricsServer: 1 })[2] as unknown as { rules: { verbs: string[] }[] };
    assert.deepEqual([...new Set(role.rules.flatMap(({ verbs }) => verbs))], ["get", "list"]);
    assert.deepEqual(role.rules[0], {
      apiGroups: ["metrics.k8s.io"],
      resources: ["pods", "nodes"],
      verbs: ["get", "list"],
    });
  });

  it("let the board read, but not change anything or read Secrets", () => {
    interface Rule {
      apiGroups: string[];
      resources: string[];
      verbs: string[];
    }
    const [role, binding] = boardObjects() as unknown as [{ rules: Rule[] }, { subjects: { name: string }[] }];
    assert.deepEqual([...new Set(role.rules.flatMap(({ verbs }) => verbs))].sort(), ["get", "list", "watch"]);
    const got = role.rules.filter(({ verbs }) => verbs.includes("get")).flatMap(({ resources }) => resources);
    assert.deepEqual(got.sort(), [
      ...["applications", "configmaps", "cronjobs", "deployments", "externalsecrets", "grpcroutes"],
      ...["horizontalpodautoscalers", "httproutes", "ingresses", "jobs", "namespaces", "networkpolicies"],
      ...["poddisruptionbudgets", "resourcequotas", "rolebindings", "roles"],
      ...["serviceaccounts", "servicemonitors", "services", "statefulsets"],
    ]);
    assert.deepEqual(
      binding.subjects.map(({ name }) => name),
      ["board"],
    );
  });

  it("add missing nodes and leave the others to KWOK", async () => {
    const applied: string[] = [];
    const there = nodeObjects(2);
    const client = {
      list: () => Promise.resolve(there),
      apply: (object: KubernetesObject) => {
        applied.push(`${object.kind} ${object.metadata.name}`);
        return Promise.resolve(object);
      },
    } as unknown as KubernetesClient;
    await prepareCluster(client, { ports: { metricsServer: 1 }, nodes: 4 });
    assert.deepEqual(applied.slice(6), ["Node node-2", "Node node-3"]);
    assert.equal(applied.length, 8);
  });
});
