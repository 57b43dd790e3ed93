import assert from "node:assert/strict";
import { guard, type GuardArgs } from "@gitops-platform/components/delivery/guard/guard";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";

// What the builder gives, as far as it depends on what it is given. What the API server does with it,
// tests/e2e/guard.test.ts says.

const make = (changes: Partial<GuardArgs> = {}) =>
  guard({
    environment: { name: "prod", guard: "deny" },
    services: [{ name: "api", namespace: "api" }],
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    exemptions: guardExemptions(),
    ...changes,
  });
const [delivered, limits, argocd] = [0, 1, 2];
const specs = (index: number, changes?: Partial<GuardArgs>) => {
  const { policy, binding } = make(changes)[index] ?? assert.fail();
  return { policy: policy.spec ?? assert.fail(), binding: binding.spec };
};
const variable = (name: string, index: number, changes?: Partial<GuardArgs>) =>
  specs(index, changes).policy.variables?.find((each) => each.name === name)?.expression ?? assert.fail(name);

describe("the guard", () => {
  it("refuses, warns or is not there", () => {
    const actions = (mode: "deny" | "warn" | "off") =>
      make({ environment: { name: "dev", guard: mode } }).map(({ binding }) => binding.spec.validationActions);
    assert.deepEqual(actions("deny"), [
      ["Deny", "Audit"],
      ["Deny", "Audit"],
      ["Deny", "Audit"],
    ]);
    assert.deepEqual(actions("warn"), [
      ["Warn", "Audit"],
      ["Warn", "Audit"],
      ["Warn", "Audit"],
    ]);
    assert.deepEqual(actions("off"), []);
  });

  it("covers each namespace once, by the name that nobody can change, and Argo CD's beside the platform's own", () => {
    const services = [
      { name: "api", namespace: "backend" },
      { name: "mail", namespace: "backend" },
      { name: "web", namespace: "web" },
    ];
    const namespaces = (index: number) =>
      specs(index, { services }).binding.matchResources?.namespaceSelector?.matchExpressions;
    const named = (values: string[]) => [{ key: "kubernetes.io/metadata.name", operator: "In", values }];
    assert.deepEqual(namespaces(delivered), named(["backend", "web"]));
    assert.deepEqual(namespaces(limits), named(["argocd", "backend", "web"]));
    assert.deepEqual(namespaces(argocd), named(["argocd"]));
  });

  it("refuses where it fails itself", () => {
    for (const index of [delivered, limits, argocd]) assert.equal(specs(index).policy.failurePolicy, "Fail");
  });

  it("knows a delivered object by what Argo CD writes into the annotation", () => {
    const end = /\.endsWith\((.*)\)\)$/.exec(variable("trackedAs", delivered))?.[1] ?? assert.fail();
    const request: Readonly<Record<string, string>> = {
      "request.kind.kind": "Deployment",
      "variables.inNamespace": "backend",
      "variables.name": "api",
    };
    const ending = end.split(" + ").map((part) => request[part] ?? (JSON.parse(part) as string));
    assert.equal(ending.join(""), "/Deployment:backend/api");
  });

  it("names the services of namespaces that are not called after their one service", () => {
    assert.equal(
      variable("services", delivered, {
        services: [
          { name: "api", namespace: "backend" },
          { name: "mail", namespace: "backend" },
          { name: "web", namespace: "web" },
        ],
      }),
      'variables.isTracked ? [variables.trackedAs[0].split(":")[0]] : ' +
        '{"backend": ["api", "mail"]}[?variables.inNamespace].orValue([variables.inNamespace])',
    );
  });

  it("lets past who is configured, each where it is meant", () => {
    const exemptions = guardExemptions({
      controllers: [{ user: "system:serviceaccount:keda:keda-operator" }, { group: "system:serviceaccounts:vpa" }],
      platform: [{ user: "ci" }, { group: "platform" }],
      breakGlass: "on-call",
    });
    assert.equal(
      variable("mayDeliver", delivered, { exemptions }),
      "variables.breaksGlass || " +
        'request.userInfo.username in ["system:serviceaccount:argocd:argocd-application-controller", ' +
        '"system:serviceaccount:keda:keda-operator"] || ' +
        'request.userInfo.?groups.orValue([]).exists(group, group in ["system:serviceaccounts:vpa"])',
    );
    assert.equal(
      variable("isPlatform", limits, { exemptions }),
      'request.userInfo.username in ["ci"] || request.userInfo.?groups.orValue([]).exists(group, group in ["platform"])',
    );
    for (const index of [delivered, limits, argocd])
      assert.match(variable("breaksGlass", index, { exemptions }), /"on-call"/);
  });

  it("lets who runs pulumi up change nothing that Argo CD delivers", () => {
    assert.doesNotMatch(JSON.stringify(specs(delivered)), /system:masters/);
    assert.match(JSON.stringify(specs(limits)), /system:masters/);
  });
});
