import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { askCluster } from "../../components/cluster-facts";
import supported from "../../supported.json";
import { FakeKubernetes } from "../support/fake-kubernetes";

describe("what a cluster is asked", () => {
  let server: FakeKubernetes;
  beforeEach(async () => {
    server = await new FakeKubernetes().start();
  });
  afterEach(() => server.stop());

  it("is whether it has admission policies, and who asks", async () => {
    assert.deepEqual(await askCluster(server.kubeconfig, "dev"), {
      servesPolicies: true,
      version: "v1.34.1",
      oldest: supported.kubernetes,
      user: "alice",
      groups: ["platform", "system:authenticated"],
    });
  });

  it("is not who asks where it is too old for policies", async () => {
    server.servesPolicies = false;
    server.version = "v1.27.3";
    const facts = await askCluster(server.kubeconfig, "dev");
    const oldest = supported.kubernetes;
    assert.deepEqual(facts, { servesPolicies: false, version: "v1.27.3", oldest, user: "", groups: [] });
    assert.ok(!server.requests.some((each) => each.startsWith("POST")));
  });

  describe("about the guard that it has", () => {
    const argocd = { apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } };

    it("is why it refuses this user a change of Argo CD's namespace", async () => {
      server.seed(argocd);
      server.refusal = "denied request: namespaces argocd";
      assert.equal((await askCluster(server.kubeconfig, "dev"))?.refusal, "denied request: namespaces argocd");
      assert.ok(server.requests.includes("PATCH /api/v1/namespaces/argocd?dryRun=All"));
    });

    it("is nothing where it lets this user in, or does not have the namespace yet", async () => {
      server.seed(argocd);
      assert.equal((await askCluster(server.kubeconfig, "dev"))?.refusal, undefined);
      await server.stop();
      server = await new FakeKubernetes().start();
      server.refusal = "nobody asks";
      assert.equal((await askCluster(server.kubeconfig, "dev"))?.refusal, undefined);
    });
  });

  it("is nothing where it does not know the user, or nobody can ask", async () => {
    const { kubeconfig } = server;
    writeFileSync(kubeconfig, server.kubeconfigText("wrong"));
    assert.equal(await askCluster(kubeconfig, "dev"), undefined);
    const behindProxy = server.kubeconfigText().replace('"server":', '"proxy-url": "http://127.0.0.1:9", "server":');
    writeFileSync(kubeconfig, behindProxy);
    assert.equal(await askCluster(kubeconfig, "dev"), undefined);
  });
});
