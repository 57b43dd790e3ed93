import assert from "node:assert/strict";
import { application } from "@gitops-platform/components/delivery/application";
import { guard, type GuardArgs } from "@gitops-platform/components/delivery/guard/guard";
import { project } from "@gitops-platform/components/delivery/project";
import { dev } from "@gitops-platform/environments/dev";
import { prod } from "@gitops-platform/environments/prod";
import { staging } from "@gitops-platform/environments/staging";
import { guardExemptions } from "@gitops-platform/environments/settings/guard";

// Tests how the policies depend on the arguments. tests/integration/guard.test.ts tests what the API server does
// with them.

const make = (changes: Partial<GuardArgs> = {}) =>
  guard({
    environment: { ...prod, guard: "deny" },
    repositoryUrl: "https://github.com/vaarak/gitops.git",
    exemptions: guardExemptions(),
    ...changes,
  });
const [namespaces, delivered, limits, argocd] = [0, 1, 2, 3];
const specs = (index: number, changes?: Partial<GuardArgs>) => {
  const { policy, binding } = make(changes)[index] ?? assert.fail();
  return { policy: policy.spec ?? assert.fail(), binding: binding.spec };
};
const variable = (name: string, index: number, changes?: Partial<GuardArgs>) =>
  specs(index, changes).policy.variables?.find((each) => each.name === name)?.expression ?? assert.fail(name);

/** Services of the catalogue, also where people sync. */
const targets = [dev, staging, prod, { ...dev, delivery: { sync: "manual", drift: "alert" } as const }].flatMap(
  (environment) =>
    [true, false].map((retired) => ({
      environment,
      service: { name: "web", namespace: "web" },
      retired,
      repositoryUrl: "https://x.example",
    })),
);
const keysIn = (name: string) =>
  JSON.parse(/object\.spec\.all\(key, key in (\[.*?\])/.exec(variable(name, argocd))?.[1] ?? "") as unknown;

describe("the guard", () => {
  it("denies, warns or does not exist", () => {
    const actions = (mode: "deny" | "warn" | "off") =>
      make({ environment: { ...dev, guard: mode } }).map(({ binding }) => binding.spec.validationActions);
    assert.deepEqual(actions("deny"), [
      ["Deny", "Audit"],
      ["Deny", "Audit"],
      ["Deny", "Audit"],
      ["Deny", "Audit"],
    ]);
    assert.deepEqual(actions("warn"), [
      ["Warn", "Audit"],
      ["Warn", "Audit"],
      ["Warn", "Audit"],
      ["Warn", "Audit"],
    ]);
    assert.deepEqual(actions("off"), []);
  });

  it("covers services' namespaces by the environment's label, Argo CD's by its name, and Namespaces everywhere", () => {
    const selected = (index: number) => specs(index).binding.matchResources?.namespaceSelector?.matchExpressions;
    const labelled = [{ key: "gitops-platform/environment", operator: "Exists" }];
    assert.deepEqual(selected(delivered), labelled);
    assert.deepEqual(selected(limits), labelled);
    // For an update of a Namespace the API server would match the new labels.
    assert.equal(specs(namespaces).binding.matchResources, undefined);
    assert.deepEqual(selected(argocd), [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["argocd"] }]);
  });

  it("denies the request if its evaluation fails", () => {
    for (const index of [delivered, limits, namespaces, argocd])
      assert.equal(specs(index).policy.failurePolicy, "Fail");
  });

  it("recognizes a delivered object by Argo CD's tracking annotation", () => {
    const end = /\.endsWith\((.*)\)\)$/.exec(variable("trackedAs", delivered))?.[1] ?? assert.fail();
    const request: Readonly<Record<string, string>> = {
      "request.kind.kind": "Deployment",
      "variables.inNamespace": "backend",
      "variables.name": "api",
    };
    const ending = end.split(" + ").map((part) => request[part] ?? (JSON.parse(part) as string));
    assert.equal(ending.join(""), "/Deployment:backend/api");
  });

  it("names the service of an object that Argo CD does not track by its namespace's label", () => {
    assert.equal(
      variable("service", delivered),
      'variables.isTracked ? variables.trackedAs[0].split(":")[0] : ' +
        'namespaceObject.metadata.?labels[?"gitops-platform/service"].orValue(variables.inNamespace)',
    );
  });

  it("exempts the configured users and groups, each for their own purpose", () => {
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
      'request.userInfo.username in ["ci"] || request.userInfo.?groups.orValue([]).exists(group, ' +
        'group in ["platform"])',
    );
    for (const index of [delivered, limits, namespaces, argocd])
      assert.match(variable("breaksGlass", index, { exemptions }), /"on-call"/);
  });

  it("takes the revision of the catalogue's Applications from the environment", () => {
    const revision = (environment: GuardArgs["environment"]) => variable("revision", argocd, { environment });
    assert.equal(revision(prod), '"refs/heads/env/prod"');
    assert.equal(revision(dev), '"refs/heads/main"');
  });

  it("knows every key that an Application of the catalogue has", () => {
    const used = targets.flatMap((target) => Object.keys(application(target).spec));
    assert.deepEqual([...new Set(used)].sort(), keysIn("isConfinedApplication"));
  });

  it("knows every key that an AppProject of the catalogue has, and every right of its roles", () => {
    const specs = targets.map((target) => project(target).spec);
    assert.deepEqual([...new Set(specs.flatMap((spec) => Object.keys(spec)))].sort(), keysIn("isConfinedProject"));
    const policies = specs.flatMap(({ roles = [] }) => roles.flatMap((role) => role.policies ?? []));
    const used = policies.map((policy) => policy.split(", ").slice(2, 4).join(", "));
    const known = /policy in (\[.*?\])/.exec(variable("isConfinedProject", argocd))?.[1];
    assert.deepEqual([...new Set(used)].sort(), JSON.parse(known ?? ""));
  });

  it("judges a Namespace that carries the label, or the catalogue's tracking annotation", () => {
    const [, { expression } = { expression: "" }] = specs(namespaces).policy.matchConditions ?? [];
    assert.match(expression, /exists\(each, each != null && \("gitops-platform\/environment" in each\.metadata/);
    assert.match(
      expression,
      /each\.metadata\.\?annotations\[\?"argocd.argoproj.io\/tracking-id"\].+startsWith\("catalogue:"\)/,
    );
  });

  it("does not let those who run pulumi up change what Argo CD delivers", () => {
    assert.doesNotMatch(JSON.stringify(specs(delivered)), /system:masters/);
    assert.match(JSON.stringify(specs(limits)), /system:masters/);
  });
});
