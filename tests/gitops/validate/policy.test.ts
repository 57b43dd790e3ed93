import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { brokenRules } from "../../../gitops/validate/broken-rules";
import { secretProblems } from "../../../gitops/validate/plain-secrets";

// That `gitops validate` has Helm render them, and what it says then, is tried in tests/e2e with the real Helm.

const TOKEN = `ghp_${"a1B2".repeat(9)}`;
const golden = join(__dirname, "../../gitops-repo/golden");
const rendered = readFileSync(join(golden, "prod.yaml"), "utf8");

describe("rules of the policy pack on rendered manifests", () => {
  it("let through what the service chart makes", () => {
    assert.ok(parseAllDocuments(rendered).length > 3);
    assert.deepEqual(brokenRules(rendered, "api"), []);
  });

  const broken: [what: string, from: RegExp, to: string, says: RegExp][] = [
    [
      "a container that may become root",
      /runAsNonRoot: true/g,
      "runAsNonRoot: false",
      /container \S+: runAsNonRoot: got false/,
    ],
    [
      "one that may escalate",
      /allowPrivilegeEscalation: false/,
      "x: 1",
      /container \S+: allowPrivilegeEscalation: got nothing; expected false\. Correct/,
    ],
    [
      "one without limits",
      /limits:/,
      "others:",
      /container \S+: resources\.limits\.memory: got nothing; expected a quantity\./,
    ],
    [
      "a volume that is the node's",
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
    ["a pod on the node", /automountServiceAccountToken: false/, "hostNetwork: true", /hostNetwork: got true/],
  ];
  for (const [what, from, to, says] of broken) {
    it(`name ${what}, with its object and what to do`, () => {
      const changed = rendered.replace(from, to);
      assert.notEqual(changed, rendered);
      const said = brokenRules(changed, "api");
      assert.ok(said.length > 0);
      for (const text of said) assert.match(text, /^Deployment api: .*Correct the chart's templates\.$/);
      assert.match(said.join("\n"), says);
    });
  }

  const refused: [what: string, object: string, says: RegExp][] = [
    ["another kind", "apiVersion: v1\nkind: ConfigMap", /kind: got "v1 ConfigMap"; expected one of Service,/],
    ["a kind of another group", "apiVersion: evil.example/v1\nkind: Service", /kind: got "evil\.example\/v1 Service"/],
    ["what belongs to the cluster", "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding", /kind: got/],
    ["another namespace", "namespace: kube-system", /metadata\.namespace: got "kube-system"/],
    ["a name for each sync", "generateName: a-", /metadata\.generateName/],
    ["an owner", "ownerReferences: []", /metadata\.ownerReferences/],
    ["what is never removed", "annotations: {argocd.argoproj.io/sync-options: Prune=false}", /sync-options"\]: got/],
    ["what is not compared", "annotations: {argocd.argoproj.io/compare-options: IgnoreExtraneous}", /compare-options/],
    ["what follows another Application", "annotations: {argocd.argoproj.io/tracking-id: x}", /tracking-id/],
    ["a hook of Argo CD", "annotations: {argocd.argoproj.io/hook: PreSync}", /argocd\.argoproj\.io\/hook/],
    ["a hook of Helm", "annotations: {helm.sh/hook: pre-install}", /helm\.sh\/hook/],
    ["what Helm keeps", "annotations: {helm.sh/resource-policy: keep}", /resource-policy/],
    ["another instance", "labels: {app.kubernetes.io/instance: web}", /instance"\]: got "web"/],
    ["addresses of others", "spec: {externalIPs: [10.0.0.1]}", /spec\.externalIPs: got \["10\.0\.0\.1"\]/],
    ["a name for another host", "spec: {type: ExternalName}", /spec\.type: got "ExternalName"/],
  ];
  for (const [what, text, says] of refused) {
    it(`name ${what}`, () => {
      const isSpec = text.startsWith("spec") || text.startsWith("apiVersion");
      const head = text.startsWith("apiVersion") ? text : `apiVersion: v1\nkind: Service${isSpec ? `\n${text}` : ""}`;
      const said = brokenRules(`${head}\nmetadata:\n  name: api\n${isSpec ? "" : `  ${text}\n`}`, "api");
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0] ?? "", says);
      assert.match(said[0] ?? "", /^\w+ api: .*Correct the chart's templates\.$/);
    });
  }

  it("name secrets in any object, also in Secrets and lists, and do not tell them", () => {
    const object = (kind: string, data: string) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata: {name: x}\ndata: {a.b: ${data}}\n`;
    const said = (text: string) => {
      const problems = brokenRules(text, "api");
      assert.ok(!problems.join().includes(TOKEN));
      // That the project has no such kinds is said besides.
      return problems
        .map((problem) => problem.split(";")[0])
        .filter((problem) => problem?.includes(": kind: ") !== true);
    };
    assert.deepEqual(said(object("ConfigMap", TOKEN)), ['ConfigMap x: data["a.b"]: got a GitHub token']);
    const encoded = Buffer.from(TOKEN).toString("base64");
    assert.deepEqual(said(object("Secret", encoded)), ['Secret x: data["a.b"]: got a GitHub token']);
    const list = `kind: List\nitems:\n  - ${object("ConfigMap", TOKEN).trim().replaceAll("\n", "\n    ")}\n---\n# nothing\n`;
    assert.deepEqual(said(list), ['ConfigMap x: data["a.b"]: got a GitHub token']);
  });
});

describe("secrets in values files", () => {
  const file = "environments/dev/api.yaml";

  it("are named with their line, in comments too, and not told", () => {
    const [problem, ...more] = secretProblems(file, "", `a: 1\n# ${TOKEN}\n`);
    assert.deepEqual([problem?.file, problem?.line, more], [file, 2, []]);
    assert.match(problem?.message ?? "", /^Got a GitHub token; expected no secret in plain text\. .*envFromSecrets/);
    assert.ok(!problem?.message.includes(TOKEN));
    const key = `key: |\n  -----BEGIN PRIVATE KEY-----\n  ${"A".repeat(64)}\n`;
    assert.match(secretProblems(file, "", key)[0]?.message ?? "", /^Got a private key;/);
  });

  it("do not hold up a change that did not bring them", () => {
    assert.deepEqual(secretProblems(file, `a: ${TOKEN}\n`, `# moved\na: ${TOKEN}\n`), []);
  });
});
