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
