import assert from "node:assert/strict";
import { installation } from "@gitops-platform/components/argocd/installation";
import { sizeParameters } from "@gitops-platform/components/argocd/resources";
import { UNTUNED } from "@gitops-platform/components/argocd/tuned";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { FLEET_SIZES, type ArgocdTuning } from "@gitops-platform/environments/settings/argocd-tuning";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";

// Uses a small release with the objects that tuning changes.

interface Pod {
  containers: { name: string; image?: string; env?: object[]; resources?: object }[];
  initContainers?: { name: string; image?: string }[];
  [field: string]: unknown;
}
interface Workload extends Manifest {
  spec: { replicas?: number; template: { spec: Pod } };
}

const workload = (kind: string, name: string, replicas: number | undefined, spec: Pod): Manifest => {
  const labels = { "app.kubernetes.io/name": name };
  const template = { metadata: { labels }, spec };
  const object = { apiVersion: "apps/v1", kind, metadata: { name } };
  return { ...object, spec: { replicas, selector: { matchLabels: labels }, template } } as Manifest;
};
const release: Manifest[] = [
  ...smallManifest().filter(({ kind }) => !["Deployment", "StatefulSet"].includes(kind)),
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "argocd-tls-certs-cm" } },
  { apiVersion: "v1", kind: "Service", metadata: { name: "argocd-repo-server" } },
  workload("Deployment", "argocd-repo-server", 2, {
    containers: [{ name: "argocd-repo-server", image: "quay.io/argoproj/argocd:v3.6.1", env: [{ name: "A" }] }],
    initContainers: [{ name: "copyutil", image: "quay.io/argoproj/argocd:v3.6.1" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
  }),
  workload("StatefulSet", "argocd-application-controller", 1, {
    containers: [
      {
        name: "argocd-application-controller",
        image: "quay.io/argoproj/argocd:v3.6.1",
        env: [{ name: "ARGOCD_CONTROLLER_REPLICAS", value: "1" }],
      },
    ],
  }),
  workload("Deployment", "argocd-redis", undefined, {
    containers: [{ name: "redis", image: "public.ecr.aws/docker/library/redis:8.10.1-alpine" }],
  }),
];

const install = (tuning: Partial<ArgocdTuning> = {}, parameters: Record<string, string> = {}) => {
  const made = installation(release, {
    environment: "dev",
    delivery: { sync: "auto", drift: "heal" },
    url: undefined,
    notifications: undefined,
    parameters,
    tuning: { ...UNTUNED, ...tuning },
  });
  const objects = [...made.prerequisites, ...made.workloads];
  const named = (name: string, ...kinds: string[]) =>
    objects.find(({ kind, metadata }) => metadata?.name === name && kinds.includes(kind));
  const running = (name: string) => named(name, "Deployment", "StatefulSet") as Workload;
  const pod = (name: string) => running(name).spec.template.spec;
  const data = (name: string) => (named(name, "ConfigMap") as unknown as { data?: Record<string, string> }).data;
  return { objects, named, running, pod, data };
};
const container = (pod: Pod) => pod.containers[0] ?? assert.fail();

describe("a tuned installation of Argo CD", () => {
  it("has the number of pods that a stack sets for each component, and passes it to them", () => {
    const { running, pod } = install({ replicas: { controller: 3, repoServer: 4 } });
    assert.equal(running("argocd-application-controller").spec.replicas, 3);
    assert.deepEqual(container(pod("argocd-application-controller")).env, [
      { name: "ARGOCD_CONTROLLER_REPLICAS", value: "3" },
    ]);
    assert.equal(running("argocd-repo-server").spec.replicas, 4);
  });

  it("spreads the pods of a workload over zones and nodes, and permits the eviction of one at a time", () => {
    const { objects, named, pod } = install({ replicas: { controller: 2 } });
    const labelSelector = { matchLabels: { "app.kubernetes.io/name": "argocd-application-controller" } };
    assert.deepEqual(
      pod("argocd-application-controller").topologySpreadConstraints,
      ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) => ({
        maxSkew: 1,
        topologyKey,
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector,
      })),
    );
    assert.equal(pod("argocd-redis").topologySpreadConstraints, undefined);
    assert.deepEqual(named("argocd-application-controller", "PodDisruptionBudget"), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "argocd-application-controller", namespace: "argocd" },
      spec: { maxUnavailable: 1, selector: labelSelector, unhealthyPodEvictionPolicy: "AlwaysAllow" },
    });
    const budgets = objects.filter(({ kind }) => kind === "PodDisruptionBudget");
    assert.deepEqual(
      budgets.map(({ metadata }) => metadata?.name),
      ["argocd-repo-server", "argocd-application-controller"],
    );
  });

  it("places all pods as the stack configures, in addition to the release's own rules", () => {
    const tolerations = [{ key: "platform", operator: "Exists" } as const];
    const scheduling = { nodeSelector: { pool: "platform" }, tolerations, priorityClass: "system-cluster-critical" };
    const { pod } = install({ scheduling });
    for (const name of ["argocd-application-controller", "argocd-redis"]) {
      assert.deepEqual(pod(name).nodeSelector, { pool: "platform" });
      assert.deepEqual(pod(name).tolerations, tolerations);
      assert.equal(pod(name).priorityClassName, "system-cluster-critical");
    }
    assert.deepEqual(pod("argocd-repo-server").nodeSelector, { "kubernetes.io/os": "linux", pool: "platform" });
  });

  it("pulls every image from the mirror, with the pull secrets", () => {
    const { objects } = install({ registry: { mirror: "registry.example/platform", pullSecrets: ["pull"] } });
    const pods = objects
      .filter(({ kind }) => ["Deployment", "StatefulSet"].includes(kind))
      .map((object) => (object as Workload).spec.template.spec);
    assert.deepEqual(
      pods.flatMap(({ initContainers = [], containers }) =>
        [...initContainers, ...containers].map(({ image }) => image),
      ),
      [
        ...["argocd", "argocd", "argocd"].map((name) => `registry.example/platform/argoproj/${name}:v3.6.1`),
        "registry.example/platform/docker/library/redis:8.10.1-alpine",
      ],
    );
    for (const { imagePullSecrets } of pods) assert.deepEqual(imagePullSecrets, [{ name: "pull" }]);
  });

  it("uses the proxy for outside hosts, but not for the cluster", () => {
    const { pod } = install({ proxy: { https: "http://proxy.example:3128", noProxy: ["git.example"] } });
    assert.deepEqual(container(pod("argocd-application-controller")).env?.slice(1), [
      { name: "HTTPS_PROXY", value: "http://proxy.example:3128" },
      {
        name: "NO_PROXY",
        value: "$(KUBERNETES_SERVICE_HOST),localhost,127.0.0.1,.svc,.cluster.local,argocd-repo-server,git.example",
      },
    ]);
    assert.equal(container(pod("argocd-redis")).env, undefined);
  });

  it("trusts the CAs of the stack, and changes nothing without them", () => {
    const certificates = { "git.example": "PEM" };
    assert.deepEqual(install({ certificates }).data("argocd-tls-certs-cm"), certificates);
    assert.equal(install().data("argocd-tls-certs-cm"), undefined);
  });

  it("adds entries to the program's own", () => {
    const rbac = { "policy.support.csv": "g, support, role:support" };
    const { data } = install({ settings: { "ui.bannercontent": "prod" }, rbac });
    assert.equal(data("argocd-cm")?.["ui.bannercontent"], "prod");
    assert.equal(data("argocd-cm")?.["exec.enabled"], "false");
    assert.equal(data("argocd-rbac-cm")?.["policy.support.csv"], "g, support, role:support");
    assert.equal(data("argocd-rbac-cm")?.["policy.default"], "");
  });

  it("grows with the size of the fleet, and lets the stack's parameters override it", () => {
    const requested = FLEET_SIZES.map((size) => {
      const { resources } = container(install({ size }).pod("argocd-application-controller"));
      return (resources as { requests: { memory: string } }).requests.memory;
    });
    assert.deepEqual(requested, ["512Mi", "2Gi", "4Gi"]);
    assert.deepEqual(sizeParameters("medium"), {
      "controller.status.processors": "50",
      "controller.operation.processors": "25",
    });
    const { data } = install({ size: "medium" }, { "controller.status.processors": "30" });
    assert.equal(data("argocd-cmd-params-cm")?.["controller.status.processors"], "30");
    assert.equal(data("argocd-cmd-params-cm")?.["controller.operation.processors"], "25");
  });

  it("applies patches last", () => {
    const containers = [{ name: "redis", resources: { requests: { cpu: "1", memory: "1Gi" } } }];
    const { pod } = install({
      patches: [{ kind: "Deployment", name: "argocd-redis", patch: { spec: { template: { spec: { containers } } } } }],
    });
    assert.deepEqual(container(pod("argocd-redis")).resources, {
      requests: { cpu: "1", memory: "1Gi" },
      limits: { memory: "1Gi" },
    });
  });
});
