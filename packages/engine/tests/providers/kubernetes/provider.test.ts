import assert from "node:assert/strict";
import { AlreadyExistsError, type Inputs, type Provider, UNKNOWN } from "../../../model/provider";
import { kubernetesProvider } from "../../../providers/kubernetes/provider";
import { FakeKubernetes } from "@gitops-platform/test-support/fake-kubernetes";

const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
const inputsOf = (name: string, data: Inputs = { x: "1" }): Inputs => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "default" },
  data,
});
const refTo = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", namespace: "default", name });
const up = { preview: false };
const state = (type: string, id: string, inputs: Inputs) => ({ type, id, inputs, outputs: {} });

describe("Kubernetes provider", () => {
  let server: FakeKubernetes;
  let provider: Provider;
  const make = async (options: Inputs = {}): Promise<Provider> =>
    kubernetesProvider({ kubeconfig: server.kubeconfig, context: "dev", ...options });
  beforeEach(async () => {
    server = await new FakeKubernetes().start();
    provider = await make();
  });
  afterEach(async () => server.stop());

  it("creates an object by server-side apply, and returns the live object without managedFields", async () => {
    const { id, outputs } = await provider.create(CONFIG_MAP, inputsOf("a"), up);
    assert.equal(id, "default/a");
    const metadata = outputs.metadata as Inputs;
    assert.equal(metadata.uid, server.live(refTo("a"))?.metadata.uid);
    assert.equal("managedFields" in metadata, false);
    assert.ok(server.requests.some((each) => each.includes("fieldManager=gitops-platform&force=false")));
  });

  it("refuses to create an object that another program created, and explains how to import it", async () => {
    server.seed({
      ...inputsOf("a"),
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "default" },
    });
    await assert.rejects(provider.create(CONFIG_MAP, inputsOf("a"), up), (error: Error) => {
      assert.ok(error instanceof AlreadyExistsError);
      assert.match(error.message, /^ConfigMap default\/a: got an object that already exists.*Import it/);
      return true;
    });
  });

  it("reports the fields of an object that differ from the inputs, and whether the object is gone", async () => {
    await provider.create(CONFIG_MAP, inputsOf("a"), up);
    const differences = async (inputs: Inputs) => {
      const found = await provider.read(CONFIG_MAP, "default/a", inputs);
      return found && provider.differences(CONFIG_MAP, found, inputs);
    };
    assert.deepEqual(await differences(inputsOf("a")), []);
    const live = server.live(refTo("a"));
    assert.ok(live);
    server.seed({ ...live, data: { x: "2", others: "stay" } });
    assert.deepEqual(await differences(inputsOf("a")), ["data.x"]);
    assert.deepEqual(await differences(inputsOf("a", { x: "2" })), []);
    assert.deepEqual((server.live(refTo("a")) as Inputs | undefined)?.data, { x: "2", others: "stay" });
    assert.deepEqual(await differences(inputsOf("a", { x: UNKNOWN })), []);
    await (await make()).delete(CONFIG_MAP, state(CONFIG_MAP, "default/a", inputsOf("a")));
    assert.equal(await differences(inputsOf("a")), undefined);
  });

  it("waits for an object of the same name that is being deleted", async () => {
    const metadata = { name: "a", namespace: "default", finalizers: ["example.com/hold"] };
    server.seed({ apiVersion: "v1", kind: "ConfigMap", metadata });
    server.store.delete("/api/v1 configmaps default a");
    const creating = provider.create(CONFIG_MAP, inputsOf("a"), up);
    const looks = (): number => server.requests.filter((each) => each.endsWith("/configmaps/a")).length;
    while (looks() < 3) await provider.read(CONFIG_MAP, "default/none", inputsOf("none"));
    assert.equal(server.requests.filter((each) => each.startsWith("PATCH")).length, 0);
    server.set(refTo("a"), { finalizers: [] });
    await creating;
    assert.equal(server.live(refTo("a"))?.metadata.deletionTimestamp, undefined);
  });

  it("finds an object after an interrupted create, but only one that it created", async () => {
    server.seed({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "foreign", namespace: "default" } });
    await provider.create(CONFIG_MAP, inputsOf("own"), up);
    assert.equal((await provider.read(CONFIG_MAP, "", inputsOf("own")))?.id, "default/own");
    assert.equal(await provider.read(CONFIG_MAP, "", inputsOf("foreign")), undefined);
    assert.equal((await provider.read(CONFIG_MAP, "default/foreign", inputsOf("foreign")))?.id, "default/foreign");
    assert.equal(await provider.read(CONFIG_MAP, "default/none", inputsOf("none")), undefined);
  });

  it("removes fields that the inputs no longer have, but not fields of other managers", async () => {
    const { id } = await provider.create(CONFIG_MAP, inputsOf("a", { x: "1", y: "1" }), up);
    server.write({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { theirs: "1" } }, "argocd");
    await provider.update(CONFIG_MAP, state(CONFIG_MAP, id, {}), inputsOf("a", { x: "2" }), up);
    assert.deepEqual(server.live(refTo("a"))?.data, { x: "2", theirs: "1" });
  });

  it("reports a field that another manager owns, unless it is configured to take over such fields", async () => {
    const { id } = await provider.create(CONFIG_MAP, inputsOf("a", {}), up);
    server.write({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data: { x: "theirs" } }, "argocd");
    const old = state(CONFIG_MAP, id, {});
    await assert.rejects(
      provider.update(CONFIG_MAP, old, inputsOf("a"), up),
      /conflict with "argocd": \.data\.x.*patchForce/,
    );
    const metadata = { name: "a", namespace: "default", annotations: { "pulumi.com/patchForce": "true" } };
    await provider.update(CONFIG_MAP, old, { ...inputsOf("a"), metadata }, up);
    assert.deepEqual(server.live(refTo("a"))?.data, { x: "1" });
  });

  it("previews with a dry run, and accepts namespaces and kinds that do not exist yet", async () => {
    assert.equal(
      ((await provider.create(CONFIG_MAP, inputsOf("a"), { preview: true })).outputs.metadata as Inputs).uid,
      "uid-2",
    );
    assert.equal(server.live(refTo("a")), undefined);
    const elsewhere = { ...inputsOf("a"), metadata: { name: "a", namespace: "later" } };
    assert.deepEqual((await provider.create(CONFIG_MAP, elsewhere, { preview: true })).outputs, elsewhere);
    const custom = { apiVersion: "example.com/v1", kind: "Widget", metadata: { name: "w" } };
    assert.deepEqual(
      (await provider.create("kubernetes:example.com/v1:Widget", custom, { preview: true })).outputs,
      custom,
    );
    const unknown = inputsOf("a", { x: UNKNOWN });
    assert.deepEqual((await provider.create(CONFIG_MAP, unknown, { preview: true })).outputs, unknown);
  });

  it("waits for a namespace that another resource is creating", async () => {
    const elsewhere = { ...inputsOf("a"), metadata: { name: "a", namespace: "soon" } };
    const creating = provider.create(CONFIG_MAP, elsewhere, up);
    while (!server.requests.some((each) => each.startsWith("PATCH")))
      await provider.read(CONFIG_MAP, "default/none", inputsOf("none"));
    server.seed({ apiVersion: "v1", kind: "Namespace", metadata: { name: "soon" } });
    assert.equal((await creating).id, "soon/a");
  });

  it("waits until the API serves the kind of a new CustomResourceDefinition", async () => {
    server.establishAtOnce = false;
    const inputs = {
      metadata: { name: "widgets.example.com" },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural: "widgets", kind: "Widget" },
        versions: [{ name: "v1", served: true }],
      },
    };
    const type = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    let done = false;
    const creating = provider.create(type, inputs, up).finally(() => (done = true));
    const asked = () => server.requests.filter((each) => each === "GET /apis/example.com/v1").length;
    while (asked() < 2) await provider.read(CONFIG_MAP, "default/none", inputsOf("none"));
    assert.equal(done, false);
    server.establish({ apiVersion: "", kind: "", ...inputs });
    // The schemas are too large to store and send back each time, but an import compares them.
    assert.equal("spec" in (await creating).outputs, false);
    assert.deepEqual((await provider.read(type, "widgets.example.com", inputs))?.outputs.spec, inputs.spec);
  });

  describe("with a Deployment", () => {
    const ref = { apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "api" };
    const deployment = (annotations: Record<string, string> = {}): Inputs => ({
      metadata: { name: "api", namespace: "default", annotations },
      spec: { replicas: 2, selector: { matchLabels: { app: "api" } } },
    });
    const watched = async (): Promise<void> => {
      while (server.watches === 0) await provider.read(CONFIG_MAP, "default/none", inputsOf("none"));
    };

    it("waits until it is rolled out", async () => {
      const creating = provider.create(DEPLOYMENT, deployment(), up);
      await watched();
      server.set(ref, { status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 1 } });
      server.set(ref, { status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 } });
      assert.equal(((await creating).outputs.status as Inputs).availableReplicas, 2);
    });

    it("does not wait with skipAwait", async () => {
      await provider.create(DEPLOYMENT, deployment({ "pulumi.com/skipAwait": "true" }), up);
      assert.equal(server.watches, 0);
    });

    it("stops waiting if the run is stopped, and keeps the object", async () => {
      const stop = new AbortController();
      const creating = provider.create(DEPLOYMENT, deployment(), { ...up, signal: stop.signal });
      await watched();
      stop.abort();
      await assert.rejects(creating, {
        message: "Deployment default/api: was applied, but the run was stopped before it was ready.",
      });
      assert.equal((await provider.read(DEPLOYMENT, "default/api", deployment()))?.id, "default/api");
    });

    it("reports why it is not rolled out", async () => {
      const creating = provider.create(DEPLOYMENT, deployment(), up);
      await watched();
      const stuck = {
        type: "Progressing",
        status: "False",
        reason: "ProgressDeadlineExceeded",
        message: "no progress",
      };
      server.set(ref, { status: { observedGeneration: 1, conditions: [stuck] } });
      await assert.rejects(creating, {
        message: "Deployment default/api: no progress.",
      });
    });
  });

  it("waits for finalizers after it deletes an object", async () => {
    const metadata = { name: "a", namespace: "default", finalizers: ["example.com/hold"] };
    const { id } = await provider.create(CONFIG_MAP, { ...inputsOf("a"), metadata }, up);
    const another = await make();
    let done = false;
    const deleting = another.delete(CONFIG_MAP, state(CONFIG_MAP, id, inputsOf("a"))).then(() => (done = true));
    while (!server.live(refTo("a"))?.metadata.deletionTimestamp) await another.read(CONFIG_MAP, id, inputsOf("a"));
    assert.equal(done, false);
    server.set(refTo("a"), { finalizers: [] });
    await deleting;
    assert.equal(server.live(refTo("a")), undefined);
    await another.delete(CONFIG_MAP, state(CONFIG_MAP, id, inputsOf("a")));
  });

  it("stops waiting for finalizers if the run is stopped", async () => {
    const metadata = { name: "a", namespace: "default", finalizers: ["example.com/hold"] };
    server.seed({ apiVersion: "v1", kind: "ConfigMap", metadata });
    const stop = new AbortController();
    const there = state(CONFIG_MAP, "default/a", inputsOf("a"));
    const deleting = provider.delete(CONFIG_MAP, there, { signal: stop.signal });
    while (!server.live(refTo("a"))?.metadata.deletionTimestamp)
      await provider.read(CONFIG_MAP, "default/a", there.inputs);
    stop.abort();
    await assert.rejects(deleting, {
      message: "ConfigMap default/a: is being deleted, but the run was stopped before it was gone.",
    });
    const creating = provider.create(CONFIG_MAP, inputsOf("a"), { ...up, signal: stop.signal });
    await assert.rejects(creating, /is being deleted, but the run was stopped/);
  });

  it("deletes in the foreground, except CRDs or if an annotation sets another policy", async () => {
    const crd = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition";
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "c" },
    };
    server.seed(definition);
    await provider.delete(crd, state(crd, "c", definition));
    const orphan: Record<string, string> = { "pulumi.com/deletionPropagationPolicy": "orphan" };
    for (const annotations of [{}, orphan]) {
      const metadata = { name: "a", namespace: "default", annotations };
      server.seed({ apiVersion: "v1", kind: "ConfigMap", metadata });
      await provider.delete(CONFIG_MAP, state(CONFIG_MAP, "default/a", { ...inputsOf("a"), metadata }));
    }
    assert.deepEqual(server.propagations, ["Background", "Foreground", "Orphan"]);
  });

  it("reports the finalizers of an object that is not deleted in time", async () => {
    const annotations = { "pulumi.com/timeoutSeconds": "0.01" };
    const metadata = { name: "a", namespace: "default", annotations, finalizers: ["example.com/hold"] };
    server.seed({ apiVersion: "v1", kind: "ConfigMap", metadata });
    await assert.rejects(
      provider.delete(CONFIG_MAP, state(CONFIG_MAP, "default/a", { ...inputsOf("a"), metadata })),
      /^Error: ConfigMap default\/a: still exists 0\.01 s after .*finalizers \(example\.com\/hold\)/,
    );
  });

  it("does not delete an object that a renamed resource has taken over", async () => {
    await (await make()).create(CONFIG_MAP, inputsOf("a"), up);
    const { id } = await provider.create(CONFIG_MAP, inputsOf("a"), up);
    await provider.delete(CONFIG_MAP, state(CONFIG_MAP, id, inputsOf("a")));
    assert.ok(server.live(refTo("a")));
  });

  it("merges a Secret's stringData into data, so that keys can be removed, and marks data as secret", async () => {
    const type = "kubernetes:core/v1:Secret";
    const secret = (stringData: Inputs): Inputs => ({ metadata: { name: "s", namespace: "default" }, stringData });
    const { id, secretOutputs } = await provider.create(type, secret({ a: "1", b: "2" }), up);
    assert.deepEqual(secretOutputs, ["data", "stringData"]);
    await provider.update(type, state(type, id, {}), secret({ b: "3" }), up);
    assert.deepEqual(server.live({ ...refTo("s"), kind: "Secret" })?.data, { b: "Mw==" });
  });
});
