import assert from "node:assert/strict";
import { graph } from "@gitops-platform/environments/environments";
import * as fc from "fast-check";
import { ciFile, codeOwnersFile, environmentCodeOwners } from "@gitops-platform/components/repository/written-files";
import { firstContent, readFiles } from "@gitops-platform/components/repository/content";
import { decidingRule, mainCodeOwners, matches, parseCodeOwners } from "@gitops-platform/contract/code-owners";
import { parseCi } from "@gitops-platform/gitops/requests/ci";

// Tests the files' content, and which rule applies to a path, according to GitHub's documentation.

const team = ["vaarak/platform"];

describe("CODEOWNERS", () => {
  const main = mainCodeOwners({ platformTeam: team, codeOwners: { "/environments/staging/": ["ada", "bob"] } });
  const prod = environmentCodeOwners(["vaarak/approvers"]);

  it("of main is this file", () => {
    assert.deepEqual(codeOwnersFile("main", main), {
      path: ".github/CODEOWNERS",
      text:
        "# Who must approve a change on the branch main. The last line that matches a path decides.\n" +
        "# This file differs from branch to branch, so a release never includes it.\n" +
        "* @vaarak/platform\n" +
        "/environments/\n" +
        "/environments/staging/ @ada @bob\n" +
        "/charts/ @vaarak/platform\n" +
        "/gitops.yaml @vaarak/platform\n" +
        "/gitops.schema.json @vaarak/platform\n" +
        "/services/ @vaarak/platform\n/delivery/ @vaarak/platform\n/service.schema.json @vaarak/platform\n" +
        "/.github/ @vaarak/platform\n",
    });
  });

  it("of an environment's branch makes its approvers own everything", () => {
    assert.match(codeOwnersFile("env/prod", prod).text, /branch env\/prod\..*\n.*\n\* @vaarak\/approvers\n$/);
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.-]+(\/[\w.-]+)*$/), (path) => {
        assert.deepEqual(decidingRule(prod, path)?.owners, ["vaarak/approvers"]);
      }),
    );
  });

  const owned: [path: string, owners: readonly string[]][] = [
    ["charts/service/Chart.yaml", team],
    [".github/CODEOWNERS", team],
    [".github/workflows/validate.yaml", team],
    [".github/actions/setup/action.yaml", team],
    ["environments/staging/api.yaml", ["ada", "bob"]],
    ["environments/dev/api.yaml", []],
    ["environments/prod/api.yaml", []],
    ["README.md", team],
    ["gitops.yaml", team],
    [".gitattributes", team],
    ["docs/story.md", team],
    ["environments/dev/charts/x.yaml", []],
  ];
  for (const [path, owners] of owned) {
    it(`of main assigns ${path} to ${owners.join(", ") || "nobody"}`, () => {
      assert.deepEqual(decidingRule(main, path)?.owners, owners);
    });
  }

  it("is parsed in the program's format and in that of people", () => {
    const rules = [...main, ...prod];
    assert.deepEqual(parseCodeOwners(codeOwnersFile("main", rules).text), rules);
    const byHand = parseCodeOwners("# all\n*.md @ada # docs\r\nbuild/  @vaarak/ops bob@example.com\n/free\n");
    const owners = (path: string) => decidingRule(byHand, path)?.owners;
    assert.deepEqual([owners("README.md"), owners("docs/a.md"), owners("free/x.md")], [["ada"], ["ada"], []]);
    assert.deepEqual([owners("a/build/x"), owners("build")], [["vaarak/ops", "bob@example.com"], undefined]);
  });

  it("of main assigns the platform's paths to the platform team in every configuration", () => {
    const pattern = fc.constantFrom(
      "*",
      "/**",
      "/charts/",
      "/.github/CODEOWNERS",
      "/.github/**",
      "/charts/service/*",
      "/*.yaml",
    );
    fc.assert(
      fc.property(fc.uniqueArray(pattern), (patterns) => {
        const codeOwners = Object.fromEntries(patterns.map((each) => [each, ["ada", "bob"]]));
        const rules = mainCodeOwners({ platformTeam: team, codeOwners });
        for (const path of [
          ".github/CODEOWNERS",
          "charts/service/Chart.yaml",
          "gitops.yaml",
          "services/api.yaml",
          "delivery/dev/api.yaml",
        ]) {
          assert.deepEqual(decidingRule(rules, path)?.owners, team);
        }
      }),
    );
  });

  it("of main lets CI change every environment's values without a person's approval", () => {
    const rules = mainCodeOwners({ platformTeam: team, codeOwners: {} });
    const files = firstContent(readFiles(), { owner: "vaarak", services: ["api", "web"] }, graph);
    const values = files.filter(({ path }) => path.startsWith("environments/"));
    assert.equal(values.length, 6);
    for (const { path } of values) assert.deepEqual(decidingRule(rules, path)?.owners, []);
  });

  const patterns: [pattern: string, path: string, holds: boolean][] = [
    ["*", "a/b/c", true],
    ["/charts/", "charts/service/values.yaml", true],
    ["/charts/", "charts", false],
    ["/charts/", "old/charts/x", false],
    ["/charts", "charts/x", true],
    ["/charts", "charts.md", false],
    ["/docs/*", "docs/a.md", true],
    ["/docs/*", "docs/a/b.md", false],
    ["/docs/**", "docs/a/b.md", true],
    ["/**/api.yaml", "api.yaml", true],
    ["/**/api.yaml", "environments/dev/api.yaml", true],
    ["/environments/*/api.yaml", "environments/dev/api.yaml", true],
    ["/environments/*/api.yaml", "environments/dev/eu/api.yaml", false],
    ["/a.yaml", "aXyaml", false],
  ];
  for (const [pattern, path, holds] of patterns) {
    it(`has a pattern ${pattern} that ${holds ? "matches" : "does not match"} ${path}`, () => {
      assert.equal(matches(pattern, path), holds);
    });
  }
});

// Tests that workflows read what the program writes, and who owns the file.

describe("the CI file", () => {
  it("is parsed to the values that were written", () => {
    const settings = { accounts: ["ci", "build-1"], repositories: { web: "vaarak/web.app", api: "vaarak/api" } };
    assert.deepEqual(parseCi(ciFile(settings).text), settings);
    const none = { accounts: [], repositories: {} };
    assert.deepEqual(parseCi(ciFile(none).text), none);
  });

  it("belongs to the platform team", () => {
    const rules = mainCodeOwners({ platformTeam: ["vaarak/platform"], codeOwners: { "*": ["ada", "bob"] } });
    assert.deepEqual(decidingRule(rules, ciFile({ accounts: [], repositories: {} }).path)?.owners, ["vaarak/platform"]);
  });

  for (const text of [
    "",
    "[]",
    "accounts: ci\nrepositories: {}\n",
    "accounts: [1]\nrepositories: {}\n",
    "accounts: [a",
  ]) {
    it(`is refused as ${JSON.stringify(text)}, and not read as empty`, () => {
      assert.throws(
        () => parseCi(text),
        /ci\.yaml: got another format of .*; expected .*\. Restore the platform's file/,
      );
    });
  }
});
