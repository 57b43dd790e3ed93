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
    assert.deepEqual(brokenRules(rendered), []);
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
    ["a pod on the node", /automountServiceAccountToken: false/, "hostNetwork: true", /hostNetwork: got true/],
  ];
  for (const [what, from, to, says] of broken) {
    it(`name ${what}, with its object and what to do`, () => {
      const changed = rendered.replace(from, to);
      assert.notEqual(changed, rendered);
      const said = brokenRules(changed);
      assert.ok(said.length > 0);
      for (const text of said) assert.match(text, /^Deployment api: .*Correct the chart's templates\.$/);
      assert.match(said.join("\n"), says);
    });
  }

  it("name secrets in any object, also in Secrets and lists, and do not tell them", () => {
    const object = (kind: string, data: string) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata: {name: x}\ndata: {a.b: ${data}}\n`;
    const said = (text: string) => {
      const problems = brokenRules(text);
      assert.ok(!problems.join().includes(TOKEN));
      return problems.map((problem) => problem.split(";")[0]);
    };
    assert.deepEqual(said(object("ConfigMap", TOKEN)), ['ConfigMap x: data["a.b"]: got a token of GitHub']);
    const encoded = Buffer.from(TOKEN).toString("base64");
    assert.deepEqual(said(object("Secret", encoded)), ['Secret x: data["a.b"]: got a token of GitHub']);
    const list = `kind: List\nitems:\n  - ${object("ConfigMap", TOKEN).trim().replaceAll("\n", "\n    ")}\n---\n# nothing\n`;
    assert.deepEqual(said(list), ['ConfigMap x: data["a.b"]: got a token of GitHub']);
  });
});

describe("secrets in values files", () => {
  const file = "environments/dev/api.yaml";

  it("are named with their line, in comments too, and not told", () => {
    const [problem, ...more] = secretProblems(file, "", `a: 1\n# ${TOKEN}\n`);
    assert.deepEqual([problem?.file, problem?.line, more], [file, 2, []]);
    assert.match(problem?.message ?? "", /^Got a token of GitHub; expected no secret in plain text\. .*envFromSecrets/);
    assert.ok(!problem?.message.includes(TOKEN));
    const key = `key: |\n  -----BEGIN PRIVATE KEY-----\n  ${"A".repeat(64)}\n`;
    assert.match(secretProblems(file, "", key)[0]?.message ?? "", /^Got a private key;/);
  });

  it("do not hold up a change that did not bring them", () => {
    assert.deepEqual(secretProblems(file, `a: ${TOKEN}\n`, `# moved\na: ${TOKEN}\n`), []);
  });
});
