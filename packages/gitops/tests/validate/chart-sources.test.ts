import assert from "node:assert/strict";
import { chartSources, dependencyProblems, schemaProblems } from "../../validate/chart";
import { read } from "../../../../tests/gitops-repo/support";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

describe("a chart's schema", () => {
  const refused: [what: string, schema: unknown, says: RegExp][] = [
    ["a URL", { allOf: [{ $ref: "http://127.0.0.1/x.json" }] }, /^allOf\.0\.\$ref: got "http/],
    ["a file", { $ref: "file:///etc/passwd" }, /^\$ref: got "file/],
    ["a file beside it", { properties: { a: { $ref: "x.json#/a" } } }, /^properties\.a\.\$ref: got "x\.json/],
    ["a dynamic reference", { $dynamicRef: "http://x/y" }, /^\$dynamicRef/],
    ["a recursive reference", { $recursiveRef: "http://x/y" }, /^\$recursiveRef/],
    ["a metaschema of its own", { $schema: "http://x/y" }, /^\$schema: got "http:\/\/x/],
    ["another base URL", { $id: "http://x/", $ref: "#/a" }, /^\$id/],
    ["another base URL in draft 4", { id: "http://x/" }, /^id: got/],
  ];
  for (const [what, schema, says] of refused) {
    it(`may not refer to ${what}`, () => {
      const problems = schemaProblems(JSON.stringify(schema));
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? "", says);
    });
  }

  it("may refer to its own parts, and have properties with the names of these keywords", () => {
    const properties = { id: { type: "string" }, $ref: { type: "string" }, $id: {} };
    assert.deepEqual(schemaProblems(JSON.stringify({ $ref: "#/$defs/a", $defs: { a: true }, properties })), []);
    assert.deepEqual(schemaProblems(read("charts/service/values.schema.json")), []);
  });

  it("must be JSON", () => {
    assert.match(schemaProblems("{")[0] ?? "", /^Got no JSON/);
    assert.match(schemaProblems("\ufeff{}")[0] ?? "", /^Got no JSON/);
  });
});

describe("a chart's dependencies", () => {
  const file = "charts/service/Chart.yaml";
  const problems = (repository: string, key = "repository") =>
    dependencyProblems(file, `dependencies: [{name: a, version: "1", ${key}: ${JSON.stringify(repository)}}]\n`);

  for (const repository of [
    "https://x/",
    "oci://x/y",
    "@alias",
    "file:///etc",
    "file://../../x",
    "file://charts/../../../x",
  ]) {
    it(`may not come from ${repository}`, () => {
      assert.match(problems(repository)[0] ?? "", /^dependencies\[0\]\.repository: got/);
      assert.equal(problems(repository, "Repository").length, 1);
    });
  }

  it("may be in the repository's charts, or in the chart itself", () => {
    assert.deepEqual([...problems("file://../other"), ...problems("")], []);
    assert.deepEqual(dependencyProblems(file, read("charts/service/Chart.yaml")), []);
  });
});

describe("a change of charts", () => {
  const local = new LocalRepository();
  after(() => {
    local.remove();
  });

  it("is checked in every chart at any depth, and packed charts and locks are refused", async () => {
    const files = {
      "charts/a/charts/b/values.schema.json": '{"$ref": "http://x"}',
      "charts/a/charts/b.tgz": "x",
      "charts/a/Chart.lock": "x",
      "charts/a/requirements.yaml": "x",
      "charts/a/Chart.yaml": "Dependencies: [{repository: https://x}]\n",
      "charts/a/values.yaml": "a: 1\n",
    };
    const tree = local.commit(files);
    const blob = "b";
    const changes = Object.keys(files).map((path) => ({ path, mode: "100644", blob, before: undefined }));
    const candidate = { clone: local.clone, tree, changes } as unknown as Parameters<typeof chartSources>[0];
    const found = await chartSources(candidate);
    assert.deepEqual(
      found.map(({ file }) => file),
      Object.keys(files).slice(0, 5),
    );
  });
});
