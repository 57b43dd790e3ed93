import assert from "node:assert/strict";
import type { ApiError } from "../../kubernetes";
import { KubernetesClient, UnreachableError } from "../../kubernetes";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";

const configMap = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default", labels },
  data,
});
const refTo = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name });
const crd = (kind: string) => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${kind.toLowerCase()}s.example.com` },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { plural: `${kind.toLowerCase()}s`, kind },
    versions: [{ name: "v1", served: true }],
  },
});

describe("KubernetesClient", () => {
  let server: FakeKubernetes;
  let client: KubernetesClient;
  beforeEach(async () => {
    server = await new FakeKubernetes().start();
    client = KubernetesClient.fromKubeconfig(server.kubeconfig, "dev");
  });
  afterEach(async () => {
    client.close();
    await server.stop();
  });

  it("applies, gets and deletes an object", async () => {
    const applied = await client.apply(configMap("a", { x: "1" }), { fieldManager: "m" });
    assert.equal(applied.metadata.uid, "uid-2");
    assert.deepEqual((await client.get(refTo("a")))?.data, { x: "1" });
    assert.equal(await client.delete(refTo("a")), true);
    assert.equal(await client.delete(refTo("a")), false);
    assert.equal(await client.get(refTo("a")), undefined);
  });

  it("stores nothing in a dry run", async () => {
    const applied = await client.apply(configMap("a", { x: "1" }), { fieldManager: "m", dryRun: true });
    assert.deepEqual(applied.data, { x: "1" });
    assert.equal(server.live(refTo("a")), undefined);
  });

  it("applies a merge patch", async () => {
    server.seed(configMap("a", { x: "1" }));
    assert.deepEqual((await client.patch(refTo("a"), { data: { y: "2" } })).data, { y: "2" });
  });

  it("uses the context's namespace by default", async () => {
    await client.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }, { fieldManager: "m" });
    assert.ok(server.requests.some((each) => each.startsWith("PATCH /api/v1/namespaces/default/configmaps/a?")));
  });

  it("lists metadata without content, with apiVersion and kind, and treats null as an empty list", async () => {
    assert.deepEqual(await client.listMetadata("v1", "Secret"), []);
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "default" } };
    server.seed({ ...secret, data: { password: "c2VjcmV0" } });
    const [found] = await client.listMetadata("v1", "Secret", { namespace: "default" });
    assert.deepEqual([found?.apiVersion, found?.kind, found?.metadata.name], ["v1", "Secret", "s"]);
    assert.equal("data" in (found ?? {}), false);
  });

  it("discovers all kinds in their group's preferred version, and reports groups that do not respond", async () => {
    const { kinds, unknown } = await client.kinds();
    const names = kinds.map(({ apiVersion, kind, namespaced }) => `${apiVersion} ${kind} ${namespaced}`);
    assert.ok(names.includes("apps/v1 Deployment true") && names.includes("v1 Namespace false"), names.join());
    assert.ok(!names.some((name) => name.includes("Scale")));
    assert.deepEqual(unknown, []);
    server.planned.push(undefined, { status: 503, message: "no endpoints" });
    const again = await client.kinds();
    assert.equal(again.unknown.length, 1);
    assert.match(again.unknown[0]?.reason ?? "", /no endpoints/);
  });

  it("lists several pages, with apiVersion and kind, by label", async () => {
    for (let i = 0; i < 1001; i++) server.seed(configMap(`c${i}`, {}, { half: i % 2 ? "odd" : "even" }));
    const all = await client.list("v1", "ConfigMap");
    assert.equal(all.length, 1001);
    assert.deepEqual([all[1000]?.apiVersion, all[1000]?.kind], ["v1", "ConfigMap"]);
    assert.equal(server.requests.filter((each) => each.startsWith("GET /api/v1/configmaps?")).length, 3);
    assert.equal((await client.list("v1", "ConfigMap", { labelSelector: "half=odd" })).length, 500);
  });

  it("discovers a group's kinds once, and again for an unknown kind", async () => {
    await client.get(refTo("a"));
    await client.get({ apiVersion: "v1", kind: "Secret", name: "s" });
    assert.equal(server.requests.filter((each) => each === "GET /api/v1").length, 1);
    const ref = { apiVersion: "example.com/v1", kind: "Widget", namespace: "default", name: "w" };
    assert.equal(await client.get(ref), undefined);
    server.establish(crd("Widget"));
    await client.apply({ apiVersion: ref.apiVersion, kind: "Widget", metadata: { name: "w" } }, { fieldManager: "m" });
    assert.ok(server.live(ref));
  });

  it("reports a kind that the cluster does not serve", async () => {
    await assert.rejects(client.list("example.com/v1", "Widget"), (error: ApiError) => {
      assert.deepEqual([error.status, error.reason], [404, "UnknownKind"]);
      assert.match(
        error.message,
        /^example.com\/v1 Widget: .* serves no such kind\. Install its CustomResourceDefinition/,
      );
      return true;
    });
  });

  it("explains rejected credentials and missing permissions", async () => {
    const stranger = KubernetesClient.fromKubeconfigContent(server.kubeconfigText("other"));
    await assert.rejects(stranger.get(refTo("a")), /the cluster rejected the credentials of context dev .*401/);
    stranger.close();
    server.planned.push(undefined, { status: 403, message: "configmaps is forbidden" });
    await assert.rejects(
      client.get(refTo("a")),
      /^ApiError: get ConfigMap default\/a: .*is not allowed to do this .*configmaps is forbidden/,
    );
  });

  it("explains an unreachable cluster", async () => {
    await server.stop();
    await assert.rejects(client.get(refTo("a")), (error: Error) => {
      assert.ok(error instanceof UnreachableError);
      assert.match(
        error.message,
        /the cluster at http:\/\/127\.0\.0\.1:\d+ \(context dev of .*ECONNREFUSED.*Check that it is running/,
      );
      return true;
    });
    server = await new FakeKubernetes().start();
  });

  it("retries a request if the server asks for it", async () => {
    server.planned.push({ status: 429, message: "too many requests", headers: { "retry-after": "0" } });
    assert.equal(await client.get(refTo("a")), undefined);
    assert.equal(server.requests[0], server.requests[1]);
  });

  it("reuses a connection for sequential requests", async () => {
    for (let i = 0; i < 5; i++) await client.get(refTo("a"));
    assert.equal(server.connections, 1);
  });
});

describe("kubeconfig", () => {
  it("reports a missing file", () => {
    assert.throws(
      () => KubernetesClient.fromKubeconfig("nowhere/kubeconfig"),
      /got nowhere\/kubeconfig; expected a file that exists/,
    );
  });

  it("lists the existing contexts", () => {
    const text = JSON.stringify({
      contexts: [
        { name: "dev", context: { cluster: "c", user: "u" } },
        { name: "prod", context: { cluster: "c", user: "u" } },
      ],
    });
    assert.throws(
      () => KubernetesClient.fromKubeconfigContent(text, "staging"),
      /got context "staging"; expected one of: dev, prod/,
    );
    assert.throws(
      () => KubernetesClient.fromKubeconfigContent(text),
      /got no current context; expected one of: dev, prod/,
    );
    assert.throws(
      () => KubernetesClient.fromKubeconfigContent(text, "dev"),
      /got context "dev" without its cluster; expected the cluster in the same file/,
    );
  });

  it("rejects an invalid kubeconfig in one line", () => {
    assert.throws(
      () => KubernetesClient.fromKubeconfigContent("a: [\n"),
      (error: Error) => {
        assert.match(error.message, /^kubeconfig: got content that cannot be parsed \(.*\); expected a kubeconfig/);
        assert.equal(error.message.includes("\n"), false);
        return true;
      },
    );
  });
});
