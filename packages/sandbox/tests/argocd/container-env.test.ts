import assert from "node:assert/strict";
import { containerEnv, expand } from "../../argocd/container-env";
import { MissingReference, referencesOf } from "../../argocd/references";
import { configMap, secret } from "./fixtures";

const references = referencesOf({
  configMaps: [configMap("params", { "log.level": "debug", empty: "" })],
  secrets: [secret("login", { user: "äva", "weird-key": "x" })],
});
const pod = { "metadata.namespace": "argocd" };
const resolve = (container: object) => containerEnv({ name: "c", ...container }, references, pod);

describe("sandbox/argocd/container-env", () => {
  it("resolves ConfigMap and Secret keys and pod fields", () => {
    const env = [
      { name: "LEVEL", valueFrom: { configMapKeyRef: { name: "params", key: "log.level" } } },
      { name: "USER", valueFrom: { secretKeyRef: { name: "login", key: "user" } } },
      { name: "NAMESPACE", valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } } },
      { name: "PLAIN" },
    ];
    assert.deepEqual(resolve({ env }), { LEVEL: "debug", USER: "äva", NAMESPACE: "argocd", PLAIN: "" });
  });

  it("omits optional references that are missing, and keeps empty values", () => {
    const env = [
      { name: "KEY", valueFrom: { configMapKeyRef: { name: "params", key: "none", optional: true } } },
      { name: "OBJECT", valueFrom: { secretKeyRef: { name: "none", key: "none", optional: true } } },
      { name: "EMPTY", valueFrom: { configMapKeyRef: { name: "params", key: "empty", optional: true } } },
    ];
    assert.deepEqual(resolve({ env }), { EMPTY: "" });
  });

  it("waits for required references that are missing, and names them", () => {
    const missing = (ref: object) => () => resolve({ env: [{ name: "A", valueFrom: ref }] });
    const expected = (message: string) => (error: Error) =>
      error instanceof MissingReference && error.message === message;
    assert.throws(
      missing({ secretKeyRef: { name: "login", key: "auth" } }),
      expected("Secret login: no key auth yet; it is required"),
    );
    assert.throws(
      missing({ configMapKeyRef: { name: "none", key: "auth" } }),
      expected("ConfigMap none: does not exist yet; it is required"),
    );
    assert.throws(() => resolve({ envFrom: [{ secretRef: { name: "none" } }] }), MissingReference);
  });

  it("reads envFrom first, with its prefix, and lets env override it", () => {
    const container = {
      envFrom: [
        { configMapRef: { name: "params" }, prefix: "P_" },
        { secretRef: { name: "login" } },
        { configMapRef: { name: "none", optional: true } },
      ],
      env: [{ name: "user", value: "other" }],
    };
    assert.deepEqual(resolve(container), { "P_log.level": "debug", P_empty: "", user: "other", "weird-key": "x" });
  });

  it("expands references to earlier variables only", () => {
    const env = [
      { name: "A", value: "1" },
      { name: "B", value: "$(A)-$(C)-$$(A)-$" },
      { name: "C", value: "3" },
    ];
    assert.deepEqual(resolve({ env }), { A: "1", B: "1-$(C)-$(A)-$", C: "3" });
    assert.equal(expand("--requirepass $(A)", { A: "$(A)" }), "--requirepass $(A)");
  });

  it("rejects a source of values that needs a kubelet", () => {
    const env = [{ name: "GOMEMLIMIT", valueFrom: { resourceFieldRef: { resource: "limits.memory" } } }];
    assert.throws(() => resolve({ env }), /^Error: env GOMEMLIMIT: got valueFrom .*limits\.memory/);
  });
});
