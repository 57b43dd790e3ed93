import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { readClusterFacts } from "@gitops-platform/components/cluster-facts";
import supported from "../../supported.json";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";

describe("the facts about a cluster", () => {
  let server: FakeKubernetes;
  beforeEach(async () => {
    server = await new FakeKubernetes().start();
  });
  afterEach(() => server.stop());

  it("are whether it serves admission policies, and who the user is", async () => {
    assert.deepEqual(await readClusterFacts({ path: server.kubeconfig }, "dev"), {
      servesPolicies: true,
      version: "v1.34.1",
      oldest: supported.kubernetes,
      user: "alice",
      groups: ["platform", "system:authenticated"],
      namespaces: ["default"],
      applications: [],
    });
  });

  it("do not include the user of a cluster too old for policies", async () => {
    server.servesPolicies = false;
    server.version = "v1.27.3";
    const facts = await readClusterFacts({ path: server.kubeconfig }, "dev");
    const oldest = supported.kubernetes;
    const namespaces = ["default"];
    const known = { oldest, user: "", groups: [], namespaces, applications: [] };
    assert.deepEqual(facts, { servesPolicies: false, version: "v1.27.3", ...known });
    assert.ok(!server.requests.some((each) => each.startsWith("POST")));
  });

  it("include the version of the Argo CD that runs in it, from its image", async () => {
    const run = (image: string) => {
      const spec = { template: { spec: { containers: [{ name: "argocd-server", image }] } } };
      const metadata = { name: "argocd-server", namespace: "argocd" };
      server.seed({ apiVersion: "apps/v1", kind: "Deployment", metadata, spec });
    };
    run("registry.example:5000/argoproj/argocd:v3.6.0@sha256:00");
    assert.equal((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.argocd, "3.6.0");
    run("quay.io/argoproj/argocd@sha256:00");
    assert.equal((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.argocd, undefined);
  });

  it("include what decides whether pods can run on its nodes", async () => {
    const taints = [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }];
    const node = (name: string, more: object) => ({ apiVersion: "v1", kind: "Node", metadata: { name }, ...more });
    server.seed(node("a", { metadata: { name: "a", labels: { zone: "1" } }, spec: {} }));
    server.seed(node("b", { spec: { taints, unschedulable: true } }));
    assert.deepEqual((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.nodes, [
      { labels: { zone: "1" }, taints: [], unschedulable: false },
      { labels: {}, taints, unschedulable: true },
    ]);
  });

  it("include the kinds of the Prometheus operator that it serves, and its namespaces", async () => {
    const define = (plural: string, kind: string) => {
      server.establish({
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.monitoring.coreos.com` },
        spec: {
          group: "monitoring.coreos.com",
          names: { plural, kind },
          scope: "Namespaced",
          versions: [{ name: "v1", served: true, storage: true }],
        },
      });
    };
    assert.equal((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.monitoringKinds, undefined);
    define("servicemonitors", "ServiceMonitor");
    server.seed({ apiVersion: "v1", kind: "Namespace", metadata: { name: "monitoring" } });
    const facts = await readClusterFacts({ path: server.kubeconfig }, "dev");
    assert.deepEqual(facts?.monitoringKinds, ["ServiceMonitor"]);
    assert.deepEqual(facts.namespaces, ["default", "monitoring"]);
  });

  it("include the services' Applications, and whether they are the catalogue's", async () => {
    assert.deepEqual((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.applications, []);
    server.establish({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "applications.argoproj.io" },
      spec: {
        group: "argoproj.io",
        names: { plural: "applications", kind: "Application" },
        scope: "Namespaced",
        versions: [{ name: "v1alpha1", served: true, storage: true }],
      },
    });
    const application = (
      name: string,
      labels: Record<string, string>,
      trackedBy?: string,
      namespace = `${name}-here`,
    ) => {
      const id = `${trackedBy ?? ""}:argoproj.io/Application:argocd/${name}`;
      const annotations: Record<string, string> =
        trackedBy === undefined ? {} : { "argocd.argoproj.io/tracking-id": id };
      const metadata = { name, namespace: "argocd", labels, annotations };
      const spec = { destination: { server: "https://kubernetes.default.svc", namespace } };
      server.seed({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec });
    };
    const ours = { "gitops-platform/environment": "dev" };
    application("catalogue", ours, undefined, "argocd");
    // Applications of version 0.1.0 have no label of the service.
    application("api", ours);
    application("web", { ...ours, "gitops-platform/service": "web" }, "catalogue");
    application("shop", { ...ours, "gitops-platform/service": "shop" }, "catalogue-of-others");
    application("somebody-elses", {});
    const facts = await readClusterFacts({ path: server.kubeconfig }, "dev");
    assert.deepEqual(facts?.applications, [
      { service: "api", namespace: "api-here", isCatalogues: false },
      { service: "web", namespace: "web-here", isCatalogues: true },
      { service: "shop", namespace: "shop-here", isCatalogues: false },
    ]);
    // A service of version 0.1.0 could have the name.
    application("catalogue", ours);
    const { applications } = (await readClusterFacts({ path: server.kubeconfig }, "dev")) ?? {};
    const service = { service: "catalogue", namespace: "catalogue-here", isCatalogues: false };
    assert.deepEqual(
      applications?.filter((each) => each.service === "catalogue"),
      [service],
    );
  });

  it("do not need the right to read Argo CD, the nodes and the namespaces", async () => {
    const forbidden = { status: 403, message: "forbidden" };
    // Only the last three requests ask for them.
    const { namespaces, ...known } =
      (await readClusterFacts({ path: server.kubeconfig }, "dev")) ?? assert.fail("no facts");
    const requests = server.requests.length;
    server.planned.push(...Array.from({ length: requests - 3 }, () => undefined), forbidden, forbidden, forbidden);
    assert.deepEqual(await readClusterFacts({ path: server.kubeconfig }, "dev"), known);
    assert.deepEqual(namespaces, ["default"]);
  });

  describe("about its installed guard", () => {
    const argocd = { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } };

    it("include why it refuses this user a change of Argo CD's namespace", async () => {
      server.seed(argocd);
      server.refusal = "denied request: namespaces argocd";
      assert.equal(
        (await readClusterFacts({ path: server.kubeconfig }, "dev"))?.refusal,
        "denied request: namespaces argocd",
      );
      assert.ok(server.requests.includes("PATCH /api/v1/namespaces/argocd?dryRun=All"));
    });

    it("include no refusal if it permits the change, or the namespace does not exist yet", async () => {
      server.seed(argocd);
      assert.equal((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.refusal, undefined);
      await server.stop();
      server = await new FakeKubernetes().start();
      server.refusal = "nobody asks";
      assert.equal((await readClusterFacts({ path: server.kubeconfig }, "dev"))?.refusal, undefined);
    });
  });

  it("are undefined if it rejects the user or cannot be reached", async () => {
    const { kubeconfig } = server;
    writeFileSync(kubeconfig, server.kubeconfigText("wrong"));
    assert.equal(await readClusterFacts({ path: kubeconfig }, "dev"), undefined);
    const behindProxy = server.kubeconfigText().replace('"server":', '"proxy-url": "http://127.0.0.1:9", "server":');
    writeFileSync(kubeconfig, behindProxy);
    assert.equal(await readClusterFacts({ path: kubeconfig }, "dev"), undefined);
  });
});
