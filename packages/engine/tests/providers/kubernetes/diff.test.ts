import assert from "node:assert/strict";
import type { Inputs, Provider } from "../../../model/provider";
import { kubernetesProvider } from "../../../providers/kubernetes/provider";

const kubeconfig = (server: string): string =>
  [
    "apiVersion: v1",
    "current-context: dev",
    "contexts: [{ name: dev, context: { cluster: c, user: u, namespace: argocd } }]",
    `clusters: [{ name: c, cluster: { server: "${server}" } }]`,
    "users: [{ name: u, user: {} }]",
  ].join("\n");
const make = async (options: Inputs = {}): Promise<Provider> =>
  kubernetesProvider({ kubeconfig: kubeconfig("https://127.0.0.1:1"), ...options });

const cases: [
  what: string,
  type: string,
  before: Inputs,
  after: Inputs,
  expected: [change: string, ...paths: string[]],
][] = [
  ["nothing", "core/v1:ConfigMap", { data: { a: "1" } }, { data: { a: "1" } }, ["none"]],
  [
    "a replica count",
    "apps/v1:Deployment",
    { spec: { replicas: 1 } },
    { spec: { replicas: 2 } },
    ["update", "spec.replicas"],
  ],
  [
    "a selector",
    "apps/v1:Deployment",
    { spec: { selector: { a: "1" } } },
    { spec: { selector: { a: "2" } } },
    ["replace", "spec.selector.a"],
  ],
  [
    "a selector that can change",
    "core/v1:Service",
    { spec: { selector: { a: "1" } } },
    { spec: { selector: { a: "2" } } },
    ["update", "spec.selector.a"],
  ],
  ["an address", "core/v1:Service", { spec: { clusterIP: "None" } }, { spec: {} }, ["replace", "spec.clusterIP"]],
  [
    "a StatefulSet's Service",
    "apps/v1:StatefulSet",
    { spec: { serviceName: "a" } },
    { spec: { serviceName: "b" } },
    ["replace", "spec.serviceName"],
  ],
  [
    "a role",
    "rbac.authorization.k8s.io/v1:RoleBinding",
    { roleRef: { name: "a" } },
    { roleRef: { name: "b" } },
    ["replace", "roleRef.name"],
  ],
  [
    "subjects",
    "rbac.authorization.k8s.io/v1:RoleBinding",
    { subjects: [{ name: "a" }] },
    { subjects: [{ name: "a" }, { name: "b" }] },
    ["update", "subjects[1]"],
  ],
  ["a Secret's type", "core/v1:Secret", { type: "a" }, { type: "b" }, ["replace", "type"]],
  [
    "a ConfigMap's data",
    "core/v1:ConfigMap",
    { data: { "a.b": "1" } },
    { data: { "a.b": "2" } },
    ["replace", 'data["a.b"]'],
  ],
];

describe("Kubernetes provider's diff", () => {
  for (const [what, type, before, after, expected] of cases) {
    it(`of ${what} in ${type} is "${expected[0]}"`, async () => {
      const metadata = { name: "n", namespace: "argocd" };
      const old = { type: `kubernetes:${type}`, id: "argocd/n", inputs: { metadata, ...before }, outputs: {} };
      const diff = await (await make()).diff(old.type, old, { metadata, ...after });
      assert.deepEqual([diff.change, ...diff.paths], expected);
      assert.equal(diff.deleteBeforeReplace, diff.change === "replace");
    });
  }

  it("is an update of mutable data if the provider is configured so, unless the object is immutable", async () => {
    const provider = await make({ enableConfigMapMutable: "true", enableSecretMutable: true });
    for (const kind of ["ConfigMap", "Secret"]) {
      const type = `kubernetes:core/v1:${kind}`;
      const metadata = { name: "n" };
      const old = { type, id: "argocd/n", inputs: { metadata, data: { a: "1" } }, outputs: {} };
      assert.equal((await provider.diff(type, old, { metadata, data: { a: "2" } })).change, "update");
      const frozen = { ...old, inputs: { ...old.inputs, immutable: true } };
      assert.equal(
        (await provider.diff(type, frozen, { metadata, data: { a: "2" }, immutable: true })).change,
        "replace",
      );
    }
  });

  it("is a replacement, create first, for a new name or namespace, but not for the default namespace", async () => {
    const provider = await make();
    const type = "kubernetes:core/v1:ConfigMap";
    const old = { type, id: "argocd/n", inputs: { metadata: { name: "n" } }, outputs: {} };
    const diff = async (metadata: Inputs) => provider.diff(type, old, { metadata });
    assert.deepEqual(await diff({ name: "m" }), {
      change: "replace",
      paths: ["metadata.name"],
      deleteBeforeReplace: false,
    });
    assert.deepEqual((await diff({ name: "n", namespace: "other" })).paths, ["metadata.namespace"]);
    assert.equal((await diff({ name: "n", namespace: "argocd" })).change, "none");
  });
});

describe("Kubernetes provider", () => {
  const refused: [type: string, message: RegExp][] = [
    ["kubernetes:helm.sh/v3:Release", /helm\.sh\/v3:Release: the local engine does not support charts/],
    ["kubernetes:yaml/v2:ConfigFile", /does not support charts, YAML files/],
    ["kubernetes:kustomize/v2:Directory", /does not support charts/],
    ["kubernetes:core/v1:ConfigMapList", /does not support lists/],
    ["kubernetes:core/v1:ConfigMapPatch", /does not support patch resources/],
    ["kubernetes:apps/v1:DaemonSet", /does not support DaemonSets and Jobs/],
    ["kubernetes:batch/v1:Job", /does not support DaemonSets and Jobs/],
  ];
  for (const [type, message] of refused) {
    it(`rejects ${type}`, async () => {
      const provider = await make();
      await assert.rejects(provider.create(type, { metadata: { name: "n" } }, { preview: true }), message);
    });
  }

  it("rejects an object without a name", async () => {
    const provider = await make();
    const create = async (metadata: Inputs) =>
      provider.create("kubernetes:core/v1:ConfigMap", { metadata }, { preview: true });
    await assert.rejects(create({}), /metadata\.name: got none; expected a name/);
    await assert.rejects(create({ generateName: "a-" }), /metadata\.name: got generateName/);
  });

  const options: [options: Inputs, message: RegExp][] = [
    [{ kubeconfig: undefined }, /kubeconfig: got none; expected its path or content/],
    [
      { kubeconfig: kubeconfig("https://10.0.0.1:6443") },
      /got https:\/\/10\.0\.0\.1:6443; expected an address of this machine/,
    ],
    [{ kubeconfig: "{}" }, /got no current context; expected one of/],
    [{ kubeconfig: "nowhere" }, /got nowhere; expected a file that exists/],
    [{ context: "prod" }, /got context "prod"; expected one of: dev/],
    [{ renderYamlToDirectory: "out" }, /renderYamlToDirectory: the local engine does not support this option/],
    [{ enableServerSideApply: "false" }, /enableServerSideApply: got false; expected true/],
    [{ enablePatchForce: "yes" }, /enablePatchForce: got a string; expected a boolean/],
  ];
  for (const [given, message] of options) {
    it(`rejects the options ${JSON.stringify(given).slice(0, 50)}`, async () => {
      await assert.rejects(make(given), message);
    });
  }
});
