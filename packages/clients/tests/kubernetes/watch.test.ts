import assert from "node:assert/strict";
import { KubernetesClient, type KubernetesObject, type WatchEvent } from "../../kubernetes";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";

const configMap = (name: string, value: string): KubernetesObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data: { value },
});
const refTo = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name });

describe("KubernetesClient.watch", () => {
  let server: FakeKubernetes;
  let client: KubernetesClient;
  let stop: AbortController;
  let events: AsyncGenerator<WatchEvent>;
  beforeEach(async () => {
    server = await new FakeKubernetes().start();
    client = KubernetesClient.fromKubeconfig(server.kubeconfig);
    stop = new AbortController();
    events = client.watch("v1", "ConfigMap", { signal: stop.signal });
  });
  afterEach(async () => {
    stop.abort();
    client.close();
    await server.stop();
  });

  const next = async (): Promise<string> => {
    const { value } = (await events.next()) as { value: WatchEvent };
    const { value: data } = value.object.data as { value: string };
    return `${value.type} ${value.object.metadata.name}=${data}`;
  };

  it("yields the existing objects, then changes", async () => {
    server.seed(configMap("a", "1"));
    assert.equal(await next(), "ADDED a=1");
    server.seed(configMap("a", "2"));
    assert.equal(await next(), "MODIFIED a=2");
    server.seed(configMap("b", "1"));
    assert.equal(await next(), "ADDED b=1");
    await client.delete(refTo("a"));
    assert.equal(await next(), "DELETED a=2");
  });

  it("resumes after a broken connection, without listing again", async () => {
    server.seed(configMap("a", "1"));
    await next();
    const pending = next();
    while (server.watches === 0) await client.get(refTo("none"));
    server.endWatches();
    server.seed(configMap("a", "2"));
    assert.equal(await pending, "MODIFIED a=2");
    assert.equal(server.requests.filter((each) => each.includes("limit=")).length, 1);
  });

  it("lists again if the resource version has expired, and yields only changes", async () => {
    for (const name of ["a", "b", "c"]) server.seed(configMap(name, "1"));
    for (let i = 0; i < 3; i++) await next();
    const pending = next();
    while (server.watches === 0) await client.get(refTo("none"));
    server.endWatches({ code: 410, reason: "Expired" });
    server.seed(configMap("b", "2"));
    server.store.delete("/api/v1 configmaps default c");
    server.seed(configMap("d", "1"));
    assert.equal(await pending, "DELETED c=1");
    assert.equal(await next(), "MODIFIED b=2");
    assert.equal(await next(), "ADDED d=1");
    assert.equal(server.requests.filter((each) => each.includes("limit=")).length, 2);
  });

  it("ends when the signal is aborted, also while idle", async () => {
    const pending = events.next();
    while (server.watches === 0) await client.get(refTo("none"));
    stop.abort();
    assert.deepEqual(await pending, { done: true, value: undefined });
  });

  it("fails if the first list request fails", async () => {
    await server.stop();
    await assert.rejects(events.next(), /cannot be reached/);
    server = await new FakeKubernetes().start();
  });
});
