import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { brokenRules as broken } from "../../validate/broken-rules";
import { plainSecrets, secretsOf, withoutSecrets } from "../../validate/values";
import { parseRules } from "@gitops-platform/rules/rules";

// tests/integration tests with the real Helm that `gitops validate` renders the manifests, and what it reports.

const TOKEN = `ghp_${"a1B2".repeat(9)}`;
const optional = { cpuLimit: "optional" } as const;
const brokenRules = (manifests: string, service: string, rules: Parameters<typeof broken>[2] = optional) =>
  broken(manifests, service, rules).map(({ message }) => message);
const golden = join(__dirname, "../../../../tests/gitops-repo/golden");
const rendered = readFileSync(join(golden, "prod.yaml"), "utf8");

describe("the policies for rendered manifests", () => {
  it("accept what the service chart renders", () => {
    assert.ok(parseAllDocuments(rendered).length > 3);
    assert.deepEqual(brokenRules(rendered, "api"), []);
  });

  it("require a CPU limit only if the platform team does", () => {
    const without = rendered.replace(/(limits:\n\s+)cpu: 1000m\n\s+/, "$1");
    assert.notEqual(without, rendered);
    assert.deepEqual(brokenRules(without, "api"), []);
    assert.deepEqual(brokenRules(rendered, "api", { cpuLimit: "required" }), []);
    assert.deepEqual(brokenRules(without, "api", { cpuLimit: "required" }), [
      "Deployment api: container api: resources.limits.cpu: got nothing; expected a CPU limit, " +
        "which gitops.yaml requires. Set it in the values.",
    ]);
  });

  const unconfined: [what: string, from: RegExp, to: string, says: RegExp][] = [
    [
      "a container that may become root",
      /runAsNonRoot: true/g,
      "runAsNonRoot: false",
      /container \S+: runAsNonRoot: got false/,
    ],
    [
      "a container that may escalate its privileges",
      /allowPrivilegeEscalation: false/,
      "x: 1",
      /container \S+: allowPrivilegeEscalation: got nothing; expected false\. Correct/,
    ],
    [
      "a container without limits",
      /limits:/,
      "others:",
      /container \S+: resources\.limits\.memory: got nothing; expected a quantity\./,
    ],
    [
      "a volume of the node",
      /emptyDir:\n\s+sizeLimit: \S+/,
      "hostPath: { path: / }",
      /volume tmp: hostPath: got "\/"; expected another type of volume/,
    ],
    [
      "a port of the node",
      /containerPort: 8080/,
      "containerPort: 8080\n              hostPort: 80",
      /ports\.hostPort: got 80/,
    ],
    [
      "a pod in the node's network",
      /automountServiceAccountToken: false/,
      "hostNetwork: true",
      /hostNetwork: got true/,
    ],
  ];
  for (const [what, from, to, says] of unconfined) {
    it(`refuse ${what}, and name the object and the fix`, () => {
      const changed = rendered.replace(from, to);
      assert.notEqual(changed, rendered);
      const said = brokenRules(changed, "api");
      assert.ok(said.length > 0);
      for (const text of said) assert.match(text, /^Deployment api: .*Correct the chart's templates\.$/);
      assert.match(said.join("\n"), says);
    });
  }

  const refused: [what: string, object: string, says: RegExp][] = [
    [
      "another kind",
      "apiVersion: v1\nkind: Secret",
      /kind: got "v1 Secret"; expected a kind of the profile service, ConfigMap, Service,/,
    ],
    ["a kind of another group", "apiVersion: evil.example/v1\nkind: Service", /kind: got "evil\.example\/v1 Service"/],
    ["a kind of the whole cluster", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding", /kind: got/],
    ["another namespace", "namespace: kube-system", /metadata\.namespace: got "kube-system"/],
    ["a generated name", "generateName: a-", /metadata\.generateName/],
    ["an owner", "ownerReferences: []", /metadata\.ownerReferences/],
    [
      "an object that is never pruned",
      "annotations: {argocd.argoproj.io/sync-options: Prune=false}",
      /sync-options"\]: got/,
    ],
    [
      "an object that Argo CD does not compare",
      "annotations: {argocd.argoproj.io/compare-options: IgnoreExtraneous}",
      /compare-options/,
    ],
    ["an object of another Application", "annotations: {argocd.argoproj.io/tracking-id: x}", /tracking-id/],
    ["a hook of Argo CD", "annotations: {argocd.argoproj.io/hook: PreSync}", /argocd\.argoproj\.io\/hook/],
    ["a hook of Helm", "annotations: {helm.sh/hook: pre-install}", /helm\.sh\/hook/],
    ["an object that Helm keeps", "annotations: {helm.sh/resource-policy: keep}", /resource-policy/],
    ["another instance", "labels: {app.kubernetes.io/instance: web}", /instance"\]: got "web"/],
    ["external IPs", "spec: {externalIPs: [10.0.0.1]}", /spec\.externalIPs: got \["10\.0\.0\.1"\]/],
    ["an external name", "spec: {type: ExternalName}", /spec\.type: got "ExternalName"/],
  ];
  for (const [what, text, says] of refused) {
    it(`refuse ${what}`, () => {
      const isSpec = text.startsWith("spec") || text.startsWith("apiVersion");
      const head = text.startsWith("apiVersion") ? text : `apiVersion: v1\nkind: Service${isSpec ? `\n${text}` : ""}`;
      const said = brokenRules(`${head}\nmetadata:\n  name: api\n${isSpec ? "" : `  ${text}\n`}`, "api");
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0] ?? "", says);
      assert.match(said[0] ?? "", /^\w+ api: .*Correct the chart's templates\.$/);
    });
  }

  it("refuse secrets in any object, also in Secrets, and do not show them", () => {
    const object = (kind: string, data: string) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata: {name: x}\ndata: {a.b: ${data}}\n`;
    const said = (text: string) => {
      const problems = brokenRules(text, "api");
      assert.ok(!problems.join().includes(TOKEN));
      // The policies also report that these kinds are not permitted.
      return problems
        .map((problem) => problem.split(";")[0])
        .filter((problem) => problem?.includes(": kind: ") !== true);
    };
    assert.deepEqual(said(object("ConfigMap", TOKEN)), ['ConfigMap x: data["a.b"]: got a GitHub token']);
    const encoded = Buffer.from(TOKEN).toString("base64");
    assert.deepEqual(said(object("Secret", encoded)), ['Secret x: data["a.b"]: got a GitHub token']);
    assert.deepEqual(said(`# nothing\n---\n${object("ConfigMap", TOKEN)}`), [
      'ConfigMap x: data["a.b"]: got a GitHub token',
    ]);
  });
});

describe("secrets in values files", () => {
  const api = { environment: "dev", service: "api" };
  const file = "environments/dev/api.yaml";
  const files = (before: string, after: string, of = api) => [
    {
      file: of,
      path: `environments/${of.environment}/${of.service}.yaml`,
      before: secretsOf(before),
      after: secretsOf(after),
    },
  ];
  const rules = (entries: string) => parseRules(`secrets:\n  harmless: [${entries}]\n`).rules.secrets;
  const problems = (before: string, after: string, entries = "", of = api) =>
    plainSecrets(files(before, after, of), rules(entries));

  it("are reported with their line, also in comments, but not shown", () => {
    const [problem, ...more] = problems("", `a: 1\n# ${TOKEN}\n`);
    assert.deepEqual([problem?.file, problem?.line, more], [file, 2, []]);
    assert.match(problem?.message ?? "", /^Got a GitHub token; expected no secret in plain text\. .*envFromSecrets/);
    assert.ok(!problem?.message.includes(TOKEN));
    const key = `key: |\n  -----BEGIN PRIVATE KEY-----\n  ${"A".repeat(64)}\n`;
    assert.match(problems("", key)[0]?.message ?? "", /^key: got a private key;/);
  });

  it("are reported with their path and the fix, but not shown", () => {
    const [problem, ...more] = problems("", "env:\n  A: b\n  DB_PASSWORD: correct-horse\n");
    assert.deepEqual([problem?.file, problem?.line, more], [file, 3, []]);
    assert.equal(
      problem?.message,
      "env.DB_PASSWORD: got a value whose name says that it is secret; expected no secret in plain text. " +
        "Remove it, replace the secret itself, because it is known now, and refer to a Secret of the cluster, " +
        "as envFromSecrets does. Where it is none, the platform team can say so in gitops.yaml.",
    );
  });

  it("do not block a change that did not add them", () => {
    assert.deepEqual(problems(`a: ${TOKEN}\n`, `# moved\na: ${TOKEN}\n`), []);
  });

  it("are reported if the change replaces a secret with another one of the same kind", () => {
    assert.equal(problems(`a: ${TOKEN}\n`, `a: ${TOKEN}\nb: ${TOKEN.replace("a1", "c3")}\n`).length, 1);
    assert.equal(problems(`a: ${TOKEN}\n`, `a: ${TOKEN.replace("a1", "c3")}\n`).length, 1);
  });

  it("are accepted only in paths that the platform team calls harmless", () => {
    const text = 'env:\n  DB_PASSWORD: hunter2\n  "my.token": a1b2\n';
    const entry = (more: string) => `{service: api, path: env.DB_PASSWORD, reason: "Of the test database"${more}}`;
    const said = (entries: string, of = api) =>
      problems("", text, entries, of).map(({ message }) => message.split(":")[0]);
    const both = ["env.DB_PASSWORD", 'env."my.token"'];
    assert.deepEqual(said(""), both);
    assert.deepEqual(said(entry("")), ['env."my.token"']);
    assert.deepEqual(said(entry(", environment: dev")), ['env."my.token"']);
    assert.deepEqual(said(entry(", environment: prod")), both);
    assert.deepEqual(said(entry("").replace("api", "web")), both);
    assert.deepEqual(said(entry(""), { environment: "dev", service: "web" }), both);
    assert.deepEqual(said(entry("").replace("env.DB_PASSWORD", "env")), both);
    assert.deepEqual(said(entry("").replace("env.DB_PASSWORD", `'env."my.token"'`)), ["env.DB_PASSWORD"]);
    const comment = `# ${TOKEN}\n`;
    assert.equal(problems("", comment, '{service: api, path: undefined, reason: "Of nobody"}').length, 1);
  });

  it("are not shown in the problems of other rules", () => {
    const values = 'env:\n  DB_PASSWORD: "it is \\"quoted\\" here"\n  PIN_PASSWORD: "42"\n';
    const quotes = `env: got ${JSON.stringify({ a: 'it is "quoted" here', b: "42" })}; expected 42 of 420.`;
    assert.deepEqual(withoutSecrets([{ message: quotes, line: 1 }], files("", values)), [
      { message: 'env: got {"a":"a secret value","b":a secret value}; expected 42 of 420.', line: 1 },
    ]);
  });
});
