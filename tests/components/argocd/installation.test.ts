import assert from "node:assert/strict";
import { HEALTH_CHECKS } from "@gitops-platform/components/argocd/health";
import { CHECKSUM_ANNOTATION, closedProject, installation } from "@gitops-platform/components/argocd/installation";
import type { ArgocdSettings } from "@gitops-platform/components/argocd/config-maps";
import type { Manifest } from "@gitops-platform/components/kubernetes-object";
import { smallManifest } from "@gitops-platform/test-support/argocd/manifest";

describe("Argo CD's installation", () => {
  const settings: ArgocdSettings = {
    environment: "dev",
    delivery: { sync: "auto", drift: "heal" },
    url: "https://argocd.example",
    notifications: undefined,
    parameters: {},
  };
  const install = (changes: Partial<ArgocdSettings> = {}) => installation(smallManifest(), { ...settings, ...changes });
  const named = (objects: readonly Manifest[], kind: string, name: string) =>
    objects.find((object) => object.kind === kind && object.metadata?.name === name) as Manifest & {
      data: Record<string, string>;
    };
  const checksum = (name: string, changes: Partial<ArgocdSettings>) => {
    const workload = install(changes).workloads.find(({ metadata }) => metadata?.name === name) as unknown as {
      spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    return workload.spec.template.metadata.annotations[CHECKSUM_ANNOTATION];
  };

  it("groups upstream's objects in the order of their creation", () => {
    const { definitions, prerequisites, workloads } = install();
    const names = (objects: readonly Manifest[]) =>
      objects.map(({ kind, metadata }) => `${kind} ${metadata?.name ?? ""}`);
    assert.deepEqual(names(definitions), ["CustomResourceDefinition applications.argoproj.io"]);
    assert.deepEqual(names(prerequisites), [
      "ServiceAccount argocd-server",
      "ClusterRole argocd-server",
      "ConfigMap argocd-cm",
      "ConfigMap argocd-cmd-params-cm",
      "ConfigMap argocd-rbac-cm",
      "ConfigMap argocd-notifications-cm",
      "Secret argocd-secret",
      "Secret argocd-notifications-secret",
      "NetworkPolicy argocd-default-deny",
    ]);
    assert.deepEqual(names(workloads), ["Deployment argocd-server", "StatefulSet argocd-application-controller"]);
  });

  it("adds the namespace to namespaced objects only, and leaves the rest of them alone", () => {
    const { prerequisites, definitions } = install();
    assert.deepEqual(named(prerequisites, "ServiceAccount", "argocd-server"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "argocd-server", namespace: "argocd" },
    });
    assert.deepEqual(named(prerequisites, "ClusterRole", "argocd-server"), {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRole",
      metadata: { name: "argocd-server" },
      rules: [],
    });
    assert.deepEqual(definitions[0]?.metadata, { name: "applications.argoproj.io" });
  });

  it("merges the settings over upstream's, and keeps upstream's other entries", () => {
    const { prerequisites } = install({ parameters: { "server.insecure": "true" } });
    assert.deepEqual(named(prerequisites, "ConfigMap", "argocd-cm"), {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "argocd-cm", namespace: "argocd", labels: { "app.kubernetes.io/part-of": "argocd" } },
      data: {
        "resource.exclusions": "[]",
        "timeout.reconciliation": "120s",
        "timeout.reconciliation.jitter": "60s",
        url: "https://argocd.example",
        "application.resourceTrackingMethod": "annotation",
        "admin.enabled": "true",
        "users.anonymous.enabled": "false",
        "server.rbac.rollback.enforce.enable": "true",
        "application.sync.requireOverridePrivilegeForRevisionSync": "true",
        "exec.enabled": "false",
        "helm.valuesFileSchemes": "",
        ...HEALTH_CHECKS,
      },
    });
    assert.deepEqual(named(prerequisites, "ConfigMap", "argocd-cmd-params-cm").data, {
      "redis.server": "argocd-redis:6379",
      "server.insecure": "true",
      "applicationsetcontroller.enable.scm.providers": "false",
      "controller.self.heal.backoff.timeout.seconds": "1",
      "controller.self.heal.backoff.factor": "1",
      "controller.self.heal.backoff.cap.seconds": "1",
    });
    assert.deepEqual(named(prerequisites, "ConfigMap", "argocd-rbac-cm").data, {
      "policy.default": "",
      "policy.csv": "",
      scopes: "[groups]",
    });
  });

  it("contains no links when Argo CD's URL is not configured", () => {
    const { prerequisites } = install({ url: undefined });
    assert.equal("url" in named(prerequisites, "ConfigMap", "argocd-cm").data, false);
    const messages = Object.values(named(prerequisites, "ConfigMap", "argocd-notifications-cm").data);
    assert.deepEqual(
      messages.filter((message) => message.includes("/applications/")),
      [],
    );
  });

  it("restarts the processes that read a changed setting, and no others", () => {
    const changes: [what: string, change: Partial<ArgocdSettings>, restarted: string[]][] = [
      ["nothing", {}, []],
      ["a parameter of the server", { parameters: { "server.insecure": "true" } }, ["argocd-server"]],
      ["a parameter that was unset", { parameters: { "server.disable.auth": "false" } }, ["argocd-server"]],
      [
        "a parameter of the controller",
        { parameters: { "controller.self.heal.backoff.factor": "2" } },
        ["argocd-application-controller"],
      ],
      ["a file, which changes in the running pod", { parameters: { "server.profile.enabled": "true" } }, []],
      ["a setting that Argo CD watches", { url: "https://other.example" }, []],
    ];
    for (const [what, change, restarted] of changes) {
      const workloads = ["argocd-server", "argocd-application-controller"];
      assert.deepEqual(
        workloads.filter((name) => checksum(name, change) !== checksum(name, {})),
        restarted,
        what,
      );
    }
  });

  it("keeps existing annotations of a pod template", () => {
    const controller = named(install().workloads, "StatefulSet", "argocd-application-controller") as unknown as {
      spec: { template: { metadata: { annotations: Record<string, string> } } };
    };
    assert.deepEqual(Object.keys(controller.spec.template.metadata.annotations), ["kept", CHECKSUM_ANNOTATION]);
  });

  it("closes the project default", () => {
    const { spec } = closedProject();
    assert.deepEqual(spec.sourceRepos, []);
    assert.deepEqual(spec.destinations, []);
    assert.deepEqual(spec.clusterResourceWhitelist, []);
    assert.deepEqual(spec.namespaceResourceBlacklist, [{ group: "*", kind: "*" }]);
  });

  it("does not modify its input", () => {
    const upstream = smallManifest();
    const before = structuredClone(upstream);
    installation(upstream, settings);
    assert.deepEqual(upstream, before);
  });
});
