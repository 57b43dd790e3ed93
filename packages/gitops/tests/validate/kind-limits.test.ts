import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { limitProblems } from "../../validate/project-limits";

type Fields = Record<string, unknown>;

/** An object that the chart renders for an example. */
function rendered(example: string, kind: string): Fields & { spec: Fields; metadata: Fields } {
  const text = readFileSync(join(__dirname, `../../../../tests/gitops-repo/golden/example-${example}.yaml`), "utf8");
  const objects = parseAllDocuments(text).map((each) => each.toJS() as Fields & { spec: Fields; metadata: Fields });
  return objects.find((each) => each.kind === kind) ?? assert.fail(`no ${kind}`);
}

const backend = (name: string) => ({ service: { name, port: { name: "http" } } });
const rule = (host: unknown, name = "shop") => ({
  ...(host !== undefined && { host }),
  http: { paths: [{ path: "/", pathType: "Prefix", backend: backend(name) }] },
});

/** Attacks with a changed chart template: fields of the spec, or null to remove one. */
const ATTACKS: [what: string, example: string, kind: string, spec: Fields, says: RegExp][] = [
  [
    "every host",
    "web-api",
    "Ingress",
    { rules: [rule(undefined)], tls: null },
    /rules\[0\]\.host: got nothing; expected a full/,
  ],
  ["a wildcard", "web-api", "Ingress", { rules: [rule("*.example.com")], tls: null }, /host: got "\*\.example\.com"/],
  ["a default backend", "web-api", "Ingress", { defaultBackend: backend("shop") }, /spec\.defaultBackend: got one/],
  [
    "another service's Service",
    "web-api",
    "Ingress",
    { rules: [rule("shop.example.com", "bank")] },
    /backend: got "bank"; expected the Service shop/,
  ],
  [
    "another service's certificate",
    "web-api",
    "Ingress",
    { tls: [{ hosts: ["bank.example.com"], secretName: "a" }] },
    /tls\.hosts: got "bank/,
  ],
  ["all of a Gateway's hosts", "grpc", "GRPCRoute", { hostnames: [] }, /spec\.hostnames: got none/],
  ["a route's wildcard", "grpc", "GRPCRoute", { hostnames: ["*.example.com"] }, /hostnames\[0\]: got/],
  [
    "a filter",
    "grpc",
    "GRPCRoute",
    { rules: [{ filters: [{ type: "RequestMirror" }] }] },
    /spec\.rules\.filters: got some/,
  ],
  [
    "another namespace's Service",
    "grpc",
    "GRPCRoute",
    { rules: [{ backendRefs: [{ name: "prices", namespace: "bank" }] }] },
    /backendRefs: got "prices"/,
  ],
  [
    "something other than a Service",
    "grpc",
    "GRPCRoute",
    { rules: [{ backendRefs: [{ name: "prices", kind: "Bucket" }] }] },
    /backendRefs: got "prices"/,
  ],
  [
    "all namespaces",
    "web-api",
    "ServiceMonitor",
    { namespaceSelector: { any: true } },
    /spec\.namespaceSelector: got one/,
  ],
  [
    "another service's metrics",
    "web-api",
    "ServiceMonitor",
    { selector: { matchLabels: { a: "b" } } },
    /spec\.selector: got/,
  ],
  ["every Service", "web-api", "ServiceMonitor", { selector: {} }, /spec\.selector: got {}/],
  [
    "Prometheus's token",
    "web-api",
    "ServiceMonitor",
    { endpoints: [{ port: "metrics", bearerTokenFile: "/etc/passwd" }] },
    /endpoints\.bearerTokenFile/,
  ],
  [
    "another service's secret",
    "web-api",
    "ExternalSecret",
    { data: [{ secretKey: "A", remoteRef: { key: "bank/db" } }] },
    /remoteRef\.key: got "bank\/db"; expected a path below shop\//,
  ],
  [
    "a secret with a similar path",
    "web-api",
    "ExternalSecret",
    { data: [{ secretKey: "A", remoteRef: { key: "shopper/db" } }] },
    /remoteRef\.key: got "shopper\/db"/,
  ],
  [
    "a secret by a path with ..",
    "web-api",
    "ExternalSecret",
    { data: [{ secretKey: "A", remoteRef: { key: "shop/../bank/db" } }] },
    /remoteRef\.key: got "shop\/\.\./,
  ],
  [
    "all secrets",
    "web-api",
    "ExternalSecret",
    { dataFrom: [{ find: { name: { regexp: ".*" } } }] },
    /spec\.dataFrom: got a value/,
  ],
  [
    "another store for one key",
    "web-api",
    "ExternalSecret",
    { data: [{ secretKey: "A", remoteRef: { key: "shop/a" }, sourceRef: {} }] },
    /spec\.data\.sourceRef/,
  ],
  [
    "another service's Secret",
    "web-api",
    "ExternalSecret",
    { target: { name: "bank-db" } },
    /spec\.target\.name: got "bank-db"/,
  ],
  [
    "a template over the Secret",
    "web-api",
    "ExternalSecret",
    { target: { name: "shop-a", template: {} } },
    /spec\.target\.template/,
  ],
  [
    "another service's pods",
    "web-api",
    "Service",
    { selector: { app: "bank" } },
    /spec\.selector: got {"app":"bank"}; expected the service's instance/,
  ],
];

const RBAC = "rbac.authorization.k8s.io";
const role = (rules: unknown) => ({
  apiVersion: `${RBAC}/v1`,
  kind: "Role",
  metadata: { name: "shop-leader" },
  rules,
});
const LEADER = {
  apiGroups: ["coordination.k8s.io"],
  resources: ["leases"],
  verbs: ["get", "create", "update", "delete"],
};
const FINDER = { apiGroups: ["", "discovery.k8s.io"], resources: ["endpointslices", "pods"], verbs: ["list"] };
const binding = (change: object) => ({
  apiVersion: `${RBAC}/v1`,
  kind: "RoleBinding",
  metadata: { name: "shop-leader" },
  roleRef: { apiGroup: RBAC, kind: "Role", name: "shop-leader" },
  subjects: [{ kind: "ServiceAccount", name: "shop", namespace: "shops" }],
  ...change,
});
const account = (change: object) => binding({ subjects: [{ ...binding({}).subjects[0], ...change }] });

/** Rights that would reach further than the service. */
const RIGHTS: [what: string, object: Parameters<typeof limitProblems>[0], says: RegExp][] = [
  [
    "read Secrets",
    role([{ ...LEADER, apiGroups: [""], resources: ["secrets"] }]),
    /rules\[0\]: got "\/secrets"; expected one of .* Write one rule for each API group; the platform team/,
  ],
  ["have all rights", role([{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]), /rules\[0\]: got "\*\/\*"/],
  [
    "have all rights of a kind",
    role([{ ...LEADER, verbs: ["*"] }]),
    /verbs: got \["\*"\] on coordination\.k8s\.io\/leases/,
  ],
  ["open shells", role([{ ...LEADER, apiGroups: [""], resources: ["pods/exec"] }]), /got "\/pods\/exec"/],
  [
    "delete pods",
    role([{ apiGroups: [""], resources: ["pods"], verbs: ["get", "delete"] }]),
    /got \["delete"\] on \/pods/,
  ],
  [
    "get tokens",
    role([{ ...LEADER, apiGroups: [""], resources: ["serviceaccounts/token"] }]),
    /serviceaccounts\/token/,
  ],
  ["give rights", role([{ ...LEADER, apiGroups: [RBAC], resources: ["rolebindings"] }]), /got "rbac.*\/rolebindings"/],
  ["have an inherited right", role([{ ...LEADER, apiGroups: [""], resources: ["../constructor"] }]), /constructor/],
  [
    "hide a right behind a good one",
    role([LEADER, { ...FINDER, resources: ["pods", "secrets"] }]),
    /rules\[1\]: got "/,
  ],
  [
    "have rights outside of objects",
    role([{ ...LEADER, nonResourceURLs: ["/metrics"] }]),
    /nonResourceURLs: got a value/,
  ],
  [
    "use a role of the cluster",
    binding({ roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: "shop-admin" } }),
    /^roleRef: /,
  ],
  ["use another service's role", binding({ roleRef: { apiGroup: RBAC, kind: "Role", name: "bank" } }), /^roleRef: got/],
  [
    "give rights to people",
    account({ kind: "Group", name: "shop-team" }),
    /subjects\[0\]: got .*expected a ServiceAccount/,
  ],
  ["give rights to a person", account({ kind: "User", name: "shop" }), /subjects\[0\]: got/],
  ["give rights to another service", account({ name: "bank" }), /subjects\[0\]: got/],
  ["give rights to every pod", account({ name: "default" }), /subjects\[0\]: got/],
  ["give rights to another namespace", account({ namespace: "shop" }), /subjects\[0\]: got .*of the service in shops/],
];

describe("rights of a service in the Kubernetes API", () => {
  const limits = { namespace: "shops", profile: "kubernetes-client" };

  it("may elect a leader, find its pods and report events", () => {
    const events = { apiGroups: ["", "events.k8s.io"], resources: ["events"], verbs: ["create", "patch"] };
    const pods = { apiGroups: [""], resources: ["pods", "endpoints"], verbs: ["get", "list", "watch"] };
    const named = { ...LEADER, resourceNames: ["shop"] };
    assert.deepEqual(limitProblems(role([LEADER, events, pods, named]), "shop", limits), []);
    assert.deepEqual(limitProblems(binding({}), "shop", limits), []);
  });

  for (const [what, object, says] of RIGHTS) {
    it(`may not ${what}`, () => {
      const problems = limitProblems(object, "shop", limits);
      assert.notEqual(problems.length, 0);
      assert.match(problems.join("\n"), says);
    });
  }

  it("need the profile that has them, which the refusal names", () => {
    const [problem, ...more] = limitProblems(role([LEADER]), "shop");
    assert.deepEqual(more, []);
    assert.match(
      problem ?? "",
      /^kind: got "rbac\.authorization\.k8s\.io\/v1 Role"; expected a kind of the profile service, ConfigMap, /,
    );
    assert.match(
      problem ?? "",
      /: services\/shop\.yaml would say profile: kubernetes-client, which the platform team approves\.$/,
    );
    const [none] = limitProblems({ ...role([]), kind: "ClusterRole" }, "shop", limits);
    assert.match(
      none ?? "",
      /of the profile kubernetes-client, .*\. No profile has it; the platform team owns the list, environments\/prof/,
    );
    const [other] = limitProblems({ ...role([]), apiVersion: "evil.example/v1" }, "shop", limits);
    assert.match(other ?? "", /No profile has it/);
  });
});

describe("an object of a service", () => {
  for (const [what, example, kind, spec, says] of ATTACKS) {
    it(`may not use ${what}`, () => {
      const service = example === "grpc" ? "prices" : "shop";
      const object = rendered(example, kind);
      assert.deepEqual(limitProblems(object, service), []);
      const entries = Object.entries({ ...object.spec, ...spec }).filter(([, value]) => value !== null);
      const problems = limitProblems({ ...object, spec: Object.fromEntries(entries) }, service);
      assert.equal(problems.length, 1, problems.join("\n"));
      assert.match(problems[0] ?? "", says);
    });
  }

  it("may be a hook only if it is a Job of the sync that the next sync replaces", () => {
    const job = rendered("migration", "Job");
    const problems = (kind: string, annotations: Fields) =>
      limitProblems({ ...job, kind, metadata: { ...job.metadata, annotations } }, "orders").map(
        (text) => text.split(":")[0],
      );
    const hook = { "argocd.argoproj.io/hook": "Sync", "argocd.argoproj.io/hook-delete-policy": "BeforeHookCreation" };
    assert.deepEqual(problems("Job", hook), [], stringify(job));
    const named = Object.keys(hook).map((key) => `metadata.annotations["${key}"]`);
    assert.deepEqual(problems("Job", { ...hook, "argocd.argoproj.io/hook": "PostSync" }), named.slice(0, 1));
    assert.deepEqual(
      problems("Job", { ...hook, "argocd.argoproj.io/hook-delete-policy": "HookSucceeded" }),
      named.slice(1),
    );
    assert.deepEqual(problems("CronJob", hook).slice(-2), named);
    assert.deepEqual(problems("Service", hook).slice(-2), named);
  });
});
