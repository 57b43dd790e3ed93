import assert from "node:assert/strict";
import fc from "fast-check";
import { appliesTo, fnmatch } from "@gitops-platform/contract/ref-conditions";

describe("the refs that a ruleset applies to", () => {
  const patterns: [pattern: string, name: string, matches: boolean][] = [
    ["refs/heads/main", "refs/heads/main", true],
    ["refs/heads/main", "refs/heads/main2", false],
    ["refs/heads/env/*", "refs/heads/env/prod", true],
    ["refs/heads/env/*", "refs/heads/env/prod/eu", false],
    ["refs/heads/env/*", "refs/heads/env/.hidden", false],
    ["refs/heads/env/**/*", "refs/heads/env/prod/eu", true],
    ["refs/heads/env/**/*", "refs/heads/env/prod", true],
    ["refs/heads/**/release", "refs/heads/release", true],
    ["refs/heads/**/release", "refs/heads/a/b/release", true],
    ["refs/heads/**", "refs/heads/a/b", false],
    ["refs/heads/v?", "refs/heads/v1", true],
    ["refs/heads/v?", "refs/heads/v", false],
    ["refs/heads/v[0-9]", "refs/heads/v1", true],
    ["refs/heads/v[^0-9]", "refs/heads/v1", false],
    ["refs/heads/a\\*", "refs/heads/a*", true],
    ["refs/heads/a\\*", "refs/heads/ab", false],
    ["refs/heads/a.b", "refs/heads/axb", false],
  ];
  for (const [pattern, name, matches] of patterns) {
    it(`${pattern} ${matches ? "matches" : "does not match"} ${name}`, () => {
      assert.equal(fnmatch(pattern, name), matches);
    });
  }

  const conditions: [include: string[], exclude: string[], ref: string, about: boolean][] = [
    [["~DEFAULT_BRANCH"], [], "refs/heads/main", true],
    [["~DEFAULT_BRANCH"], [], "refs/heads/env/prod", false],
    [["~ALL"], [], "refs/heads/any/thing", true],
    [["~ALL"], [], "refs/tags/v1", false],
    [["~ALL"], ["refs/heads/tmp/*"], "refs/heads/tmp/x", false],
    [["refs/heads/env/*"], ["refs/heads/env/dev"], "refs/heads/env/prod", true],
    [[], [], "refs/heads/main", false],
  ];
  for (const [include, exclude, ref, about] of conditions) {
    it(`${JSON.stringify(include)} without ${JSON.stringify(exclude)}: ${ref} ${about ? "yes" : "no"}`, () => {
      const ruleset = { target: "branch" as const, conditions: { ref_name: { include, exclude } } };
      assert.equal(appliesTo(ruleset, ref, "main"), about);
    });
  }

  it("matches every character of a pattern without wildcards literally", () => {
    const name = fc.stringMatching(/^[a-z.+(){}$|^-][a-z.+(){}$|^/-]{0,20}$/);
    fc.assert(fc.property(name, name, (a, b) => fnmatch(a, a) && fnmatch(a, b) === (a === b)));
  });
});
