import assert from "node:assert/strict";
import { ApiError, KubernetesClient } from "@gitops-platform/clients/kubernetes";
import { describeFinding, type DriftReading, readTwice, NOTHING_FOUND } from "../../drift/finding";
import { DriftReader } from "../../drift/reader";
import { Cluster, COMMIT } from "./cluster";
import { find, observed } from "./support";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "api" };
const applied = (fieldsV1: object) => ({ manager: "gitops-platform", operation: "Apply", fieldsV1 });
const atOnce = () => Promise.resolve();
const edited = (fieldsV1: object) => ({ manager: "kubectl-edit", operation: "Update", fieldsV1 });

/** Each finding as `service: kind text`. */
function told({ services, platform }: DriftReading): string[] {
  const all = [...[...services], ["platform", platform] as const];
  return all.flatMap(([service, findings]) =>
    findings.map((each) => `${service}: ${each.kind} ${describeFinding(each).replace(/ at .* UTC$/, "")}`),
  );
}

describe("the reader of a cluster", () => {
  let cluster: Cluster;
  beforeEach(async () => {
    cluster = await new Cluster().start();
  });
  afterEach(() => cluster.fake.stop());

  it("finds nothing if all is declared, and compares with the commit that Argo CD compared", async () => {
    assert.deepEqual(told(await cluster.look()), []);
    assert.ok(cluster.asked.includes(`api ${COMMIT}`));
  });

  it("finds nothing in a namespace of the catalogue, and does not take the catalogue for a service", async () => {
    const tracked = (id: string) => ({ "argocd.argoproj.io/tracking-id": `catalogue:${id}` });
    for (const object of cluster.platform) {
      cluster.fake.seed({ ...object, metadata: { ...object.metadata, annotations: tracked(object.kind) } });
    }
    const [application] = await KubernetesClient.fromKubeconfig(cluster.fake.kubeconfig).list(
      "argoproj.io/v1alpha1",
      "Application",
      { namespace: "argocd" },
    );
    assert.ok(application);
    cluster.fake.seed({ ...application, metadata: { ...application.metadata, annotations: tracked("Application") } });
    const spec = { project: "prod-catalogue", destination: { namespace: "argocd" } };
    cluster.fake.seed({ ...application, metadata: { ...application.metadata, name: "catalogue" }, spec });
    const reading = await cluster.look();
    assert.deepEqual(told(reading), []);
    assert.deepEqual([...reading.services.keys()], ["api"]);
  });

  it("finds a foreign field and an undeclared object, and nothing after they are gone", async () => {
    cluster.fake.seed(find(observed().edited, "Deployment"));
    cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
    const reader = cluster.reader;
    const found = told(await readTwice(reader, atOnce));
    assert.equal(found.length, 6);
    assert.ok(found.includes("api: undeclared-object ConfigMap api/stray is not in Git; written by kubectl-create"));
    // The same reader must not report what it cached of an object that changed.
    const clean = find(observed().clean, "Deployment");
    cluster.fake.seed(clean);
    cluster.fake.store.delete("/api/v1 configmaps api stray");
    assert.deepEqual(told(await readTwice(reader, atOnce)), []);
  });

  it("never reads the content of a Secret", async () => {
    const metadata = { name: "api", namespace: "api" };
    cluster.fake.seed({ apiVersion: "v1", kind: "Secret", metadata, data: { password: "c2VjcmV0" } });
    cluster.declared = { objects: [{ apiVersion: "v1", kind: "Secret", metadata: { name: "api" } }] };
    const reading = await cluster.reader.read();
    const asked = cluster.fake.requests.filter((each) => each.includes("/secrets"));
    assert.ok(asked.some((each) => each.startsWith("GET /api/v1/namespaces/api/secrets?")));
    assert.ok(
      asked.every((each) => !each.includes("/secrets/")),
      asked.join(),
    );
    assert.doesNotMatch(JSON.stringify([...reading.services]), /c2VjcmV0/);
  });

  it("reports that Git cannot be read, and compares with what Argo CD applied instead", async () => {
    cluster.declared = { reason: "helm: got nothing on PATH" };
    cluster.fake.seed(find(observed().edited, "Deployment"));
    const reading = await cluster.reader.read();
    assert.equal(told(reading).length, 5);
    assert.deepEqual(
      reading.unread.filter(({ what }) => what.includes("Git")),
      [{ what: "what Git declares for api", reason: "helm: got nothing on PATH" }],
    );
  });

  it("reports the kinds that it may not read, and reads the others", async () => {
    cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
    const client = KubernetesClient.fromKubeconfig(cluster.fake.kubeconfig);
    const forbidden = () => Promise.reject(new ApiError(403, "Forbidden", "list Secret: secrets is forbidden"));
    const limited = {
      list: client.list.bind(client),
      kinds: client.kinds.bind(client),
      get: client.get.bind(client),
      listMetadata: (...args: Parameters<KubernetesClient["listMetadata"]>) =>
        args[1] === "Secret" ? forbidden() : client.listMetadata(...args),
    };
    const reading = await new DriftReader(limited, "prod", () => Promise.resolve(cluster.declared)).read();
    const reason = "these credentials may not read it (403 Forbidden)";
    assert.ok(reading.unread.some((each) => each.what === "Secret" && each.reason === reason));
    assert.deepEqual(told(reading), [
      "api: undeclared-object ConfigMap api/stray is not in Git; written by kubectl-create",
    ]);
  });

  it("finds an edited Application, and the annotation that makes Argo CD skip it", async () => {
    const live = cluster.fake.live(APPLICATION);
    assert.ok(live);
    const skip = "argocd.argoproj.io/skip-reconcile";
    live.metadata.annotations = { [skip]: "true" };
    const spec = { "f:source": { "f:targetRevision": {} } };
    cluster.set(live, applied({ "f:spec": { "f:project": {} } }), edited({ "f:spec": spec }), {
      ...{ manager: "kubectl-annotate", operation: "Update" },
      fieldsV1: { "f:metadata": { "f:annotations": { ".": {}, [`f:${skip}`]: {} } } },
    });
    assert.deepEqual(told(await cluster.look()), [
      "api: platform-field Application argocd/api: spec.source.targetRevision " +
        "is not as the platform made it; written by kubectl-edit",
      "api: reconcile-skipped Application argocd/api: Argo CD was told to leave it alone; written by kubectl-annotate",
    ]);
  });

  it("finds changed objects of the platform, but no equal one, no matter who wrote it", async () => {
    const [namespace, policy] = cluster.platform;
    assert.ok(namespace && policy);
    const label = { "f:metadata": { "f:labels": { "f:pod-security.kubernetes.io/enforce": {} } } };
    cluster.set(namespace, edited(label));
    assert.deepEqual(told(await cluster.look()), []);
    const labels = { ...namespace.metadata.labels, "pod-security.kubernetes.io/enforce": "privileged" };
    cluster.set({ ...namespace, metadata: { ...namespace.metadata, labels } }, edited(label));
    cluster.fake.seed({ ...policy, spec: { podSelector: {}, policyTypes: [] } });
    assert.deepEqual(told(await cluster.look()), [
      'api: platform-field Namespace api: metadata.labels["pod-security.kubernetes.io/enforce"] ' +
        "is not as the platform made it; written by kubectl-edit",
      "api: platform-field NetworkPolicy api/default-deny: spec " +
        "is not as the platform made it; who wrote it is not recorded",
    ]);
    // Argo CD makes it again.
    cluster.fake.store.delete("/apis/networking.k8s.io/v1 networkpolicies api default-deny");
    assert.equal(told(await cluster.look()).length, 1);
  });

  it("finds changed settings of Argo CD, which belong to no service", async () => {
    const metadata = { name: "argocd-rbac-cm", namespace: "argocd" };
    const data = { "policy.default": "role:admin" };
    const fields = { "f:data": { "f:policy.default": {} } };
    cluster.set(
      { apiVersion: "v1", kind: "ConfigMap", metadata, data },
      applied({ "f:data": { "f:scopes": {} } }),
      edited(fields),
    );
    assert.deepEqual(told(await cluster.look()), [
      'platform: platform-field ConfigMap argocd/argocd-rbac-cm: data["policy.default"] ' +
        "is not as the platform made it; written by kubectl-edit",
    ]);
  });

  describe("in Argo CD's namespace", () => {
    const set = (kind: string, name: string, owner: string | null, ...managedFields: object[]) => {
      const metadata = { name, namespace: "argocd", uid: `uid-of-${name}`, managedFields };
      const ownerKind = kind === "Pod" ? "ReplicaSet" : "Deployment";
      const ownerReferences = [
        { apiVersion: "apps/v1", kind: ownerKind, uid: `uid-of-${owner ?? ""}`, controller: true },
      ];
      const apiVersion = { Application: "argoproj.io/v1alpha1", Deployment: "apps/v1", ReplicaSet: "apps/v1" }[kind];
      cluster.fake.seed({
        ...{ apiVersion: apiVersion ?? "v1", kind },
        metadata: { ...metadata, ...(owner !== null && { ownerReferences }) },
      });
    };
    const made = { manager: "kube-controller-manager", operation: "Update", fieldsV1: { "f:spec": {} } };
    const byOther = (manager: string, path: string) => {
      return { manager, operation: "Update", fieldsV1: { "f:metadata": { [`f:${path}`]: { "f:example.com/x": {} } } } };
    };

    it("ignores what others created", async () => {
      set("Secret", "certificate", null, edited({ "f:data": { "f:tls.crt": {} } }));
      set("Deployment", "mail", null, edited({ "f:spec": { "f:replicas": {} } }));
      cluster.establish("apps", "replicasets", "ReplicaSet");
      set("ReplicaSet", "mail-1", "mail", made);
      set("Pod", "mail-1-x", "mail-1", byOther("kubectl-label", "labels"));
      assert.deepEqual(told(await cluster.look()), []);
    });

    it("ignores the annotations of Argo CD's pods, and reports their other fields", async () => {
      cluster.establish("apps", "replicasets", "ReplicaSet");
      set("Deployment", "argocd-server", null, applied({ "f:spec": { "f:replicas": {} } }));
      set("ReplicaSet", "argocd-server-1", "argocd-server", made);
      set("Pod", "argocd-server-1-x", "argocd-server-1", made, byOther("cni", "annotations"));
      assert.deepEqual(told(await cluster.look()), []);
      const debug = { "f:spec": { "f:ephemeralContainers": { 'k:{"name":"debugger"}': { ".": {} } } } };
      set("Pod", "argocd-server-1-x", "argocd-server-1", byOther("kubectl-label", "labels"), edited(debug));
      const reading = await cluster.look();
      // The program cannot undo it, because it does not know pods.
      assert.equal(reading.platform[0]?.undo, "kubectl delete -n argocd pod/argocd-server-1-x");
      assert.deepEqual(told(reading), [
        'platform: platform-field Pod argocd/argocd-server-1-x: metadata.labels["example.com/x"] ' +
          "is not as the platform made it; written by kubectl-label",
        "platform: platform-field Pod argocd/argocd-server-1-x: spec.ephemeralContainers[name=debugger] " +
          "is not as the platform made it; written by kubectl-edit",
      ]);
    });

    it("reports an Application that somebody created, because Argo CD acts on it", async () => {
      set("Application", "miner", null, edited({ "f:spec": { "f:project": {} } }));
      assert.deepEqual(told(await cluster.look()), [
        "platform: platform-field Application argocd/miner: spec.project " +
          "is not as the platform made it; written by kubectl-edit",
      ]);
    });
  });

  it("recognizes the platform's Application even if its label was removed", async () => {
    const live = cluster.fake.live(APPLICATION);
    assert.ok(live);
    cluster.fake.seed({ ...live, metadata: { ...live.metadata, labels: {} } });
    cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
    assert.equal(told(await cluster.look()).length, 1);
  });

  it("ignores what Argo CD is going to prune", async () => {
    cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
    const resources = [{ version: "v1", kind: "ConfigMap", namespace: "api", name: "stray", requiresPruning: true }];
    cluster.fake.set(APPLICATION, { status: { sync: { revision: COMMIT }, resources } });
    assert.deepEqual(told(await cluster.look()), []);
  });

  it("reads again after a pause, and reports only what is still there", async () => {
    cluster.fake.seed(find(observed().edited, "ConfigMap", "stray"));
    const pause = () => {
      cluster.fake.store.delete("/api/v1 configmaps api stray");
      return Promise.resolve();
    };
    assert.deepEqual(told(await readTwice(cluster.reader, pause)), []);
  });

  it("reads only once if it finds nothing", async () => {
    const reader = { read: () => Promise.resolve(NOTHING_FOUND) };
    assert.deepEqual(await readTwice(reader, () => assert.fail("paused")), NOTHING_FOUND);
  });

  it("does not read an unchanged object again", async () => {
    const { reader } = cluster;
    await reader.read();
    assert.ok(cluster.fake.requests.some((each) => each.endsWith("/deployments/api")));
    const before = cluster.fake.requests.length;
    await reader.read();
    const again = cluster.fake.requests.slice(before).filter((each) => each.includes("/deployments/api"));
    assert.deepEqual(again, []);
  });
});
