import assert from "node:assert/strict";
import { matchesPatterns, passes, passesPaths } from "../../domain/patterns";

// The cases of GitHub's own cheat sheet, and the patterns of this project's workflows.
const CASES: [pattern: string, name: string, matches: boolean][] = [
  ["feature/*", "feature/my-branch", true],
  ["feature/*", "feature/beta-a/my-branch", false],
  ["feature/**", "feature/beta-a/my-branch", true],
  ["main", "main", true],
  ["main", "mainline", false],
  ["*", "releases/v2", false],
  ["**", "releases/v2", true],
  ["*feature", "mona-feature", true],
  ["v2*", "v2.0", true],
  ["v[12].[0-9]+.[0-9]+", "v1.10.1", true],
  ["v[12].[0-9]+.[0-9]+", "v3.1.1", false],
  ["*.jsx?", "page.js", true],
  ["*.jsx?", "page.jsx", true],
  ["docs/**/*.md", "docs/README.md", true],
  ["**/docs/**", "dir/docs/my-file.txt", true],
  ["**.js", "src/js/app.js", true],
  ["env/**", "env/prod", true],
  ["environments/**", "environments/dev/api.yaml", true],
  ["environments/**", "charts/environments/x", false],
  ["a.c", "abc", false],
  ["a\\*", "a*", true],
  ["a\\*", "ab", false],
];

describe("Filters of workflows", () => {
  for (const [pattern, name, matches] of CASES) {
    it(`${pattern} ${matches ? "matches" : "does not match"} ${name}`, () => {
      assert.equal(matchesPatterns([pattern], name), matches);
    });
  }

  it("lets a later pattern override an earlier one", () => {
    const patterns = ["releases/**", "!releases/**-alpha", "releases/9-alpha"];
    const taken = ["releases/9", "releases/8-alpha", "releases/9-alpha"].filter((name) =>
      matchesPatterns(patterns, name),
    );
    assert.deepEqual(taken, ["releases/9", "releases/9-alpha"]);
  });

  it("passes everything without filters, and nothing that is ignored", () => {
    assert.deepEqual(
      [
        passes("x", undefined, undefined),
        passes("x", undefined, ["x"]),
        passes("y", undefined, ["x"]),
        passes("y", ["x"], undefined),
      ],
      [true, false, true, false],
    );
  });

  it("passes a change if one of its files matches", () => {
    assert.deepEqual(
      [
        passesPaths(["a.md", "src/b.ts"], ["src/**"], undefined),
        passesPaths(["a.md"], ["src/**"], undefined),
        passesPaths(["a.md", "src/b.ts"], undefined, ["**.md"]),
        passesPaths(["a.md"], undefined, ["**.md"]),
        passesPaths([], undefined, undefined),
      ],
      [true, false, true, false, true],
    );
  });
});
