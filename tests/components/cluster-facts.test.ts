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
    assert.deepEqual(await readClusterFacts(server.kubeconfig, "dev"), {
      servesPolicies: true,
      version: "v1.34.1",
      oldest: supported.kubernetes,
      user: "alice",
      groups: ["platform", "system:authenticated"],
    });
  });

  it("do not include the user of a cluster too old for policies", async () => {
    server.servesPolicies = false;
    server.version = "v1.27.3";
    const facts = await readClusterFacts(server.kubeconfig, "dev");
    const oldest = supported.kubernetes;
    assert.deepEqual(facts, { servesPolicies: false, version: "v1.27.3", oldest, user: "", groups: [] });
    assert.ok(!server.requests.some((each) => each.startsWith("POST")));
  });

  describe("about its installed guard", () => {
    const argocd = { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } };

    it("include why it refuses this user a change of Argo CD's namespace", async () => {
      server.seed(argocd);
      server.refusal = "denied request: namespaces argocd";
      assert.equal((await readClusterFacts(server.kubeconfig, "dev"))?.refusal, "denied request: namespaces argocd");
      assert.ok(server.requests.includes("PATCH /api/v1/namespaces/argocd?dryRun=All"));
    });

    it("include no refusal if it permits the change, or the namespace does not exist yet", async () => {
      server.seed(argocd);
      assert.equal((await readClusterFacts(server.kubeconfig, "dev"))?.refusal, undefined);
      await server.stop();
      server = await new FakeKubernetes().start();
      server.refusal = "nobody asks";
      assert.equal((await readClusterFacts(server.kubeconfig, "dev"))?.refusal, undefined);
    });
  });

  it("are undefined if it rejects the user or cannot be reached", async () => {
    const { kubeconfig } = server;
    writeFileSync(kubeconfig, server.kubeconfigText("wrong"));
    assert.equal(await readClusterFacts(kubeconfig, "dev"), undefined);
    const behindProxy = server.kubeconfigText().replace('"server":', '"proxy-url": "http://127.0.0.1:9", "server":');
    writeFileSync(kubeconfig, behindProxy);
    assert.equal(await readClusterFacts(kubeconfig, "dev"), undefined);
  });
});
