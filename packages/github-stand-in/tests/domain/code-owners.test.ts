import assert from "node:assert/strict";
import fc from "fast-check";
import { errorShape, parseCodeowners, ruleFor } from "../../domain/code-owners";
import { codeOwnersExpression } from "../../domain/patterns";

describe("GitHub stand-in: CODEOWNERS", () => {
  const patterns: [pattern: string, matches: string[], not: string[]][] = [
    ["*", ["a", "a/b/c.txt", ".github/CODEOWNERS"], []],
    ["*.js", ["a.js", "a/b.js"], ["a.jsx", "js"]],
    ["/build/logs/", ["build/logs/a", "build/logs/a/b"], ["build/logs", "x/build/logs/a"]],
    ["docs/*", ["docs/getting-started.md"], ["docs/build-app/troubleshooting.md", "x/docs/a.md"]],
    ["apps/", ["apps/a", "x/apps/a/b"], ["apps", "myapps/a"]],
    ["/docs/", ["docs/a", "docs/b/c"], ["x/docs/a"]],
    ["/scripts", ["scripts", "scripts/a"], ["x/scripts"]],
    ["**/logs", ["logs", "build/logs", "deeply/nested/logs/a"], ["mylogs"]],
    ["/apps/github", ["apps/github", "apps/github/a"], ["apps/githubber"]],
    ["a/**/b", ["a/b", "a/x/b", "a/x/y/b/c"], ["x/a/b"]],
    ["environments/**", ["environments/prod/api.yaml"], ["environments", "x/environments/a"]],
    ["/.github/", [".github/workflows/ci.yaml"], ["github/a"]],
    ["file?.txt", ["file1.txt", "x/file2.txt"], ["file.txt", "file12.txt"]],
    ["with\\ space.txt", ["with space.txt"], ["with"]],
    ["a.b", ["a.b"], ["axb"]],
    ["README.md", ["README.md", "docs/README.md"], ["readme.md"]],
  ];
  for (const [pattern, matches, not] of patterns) {
    it(`${pattern} matches ${matches.join(", ")}${not.length > 0 ? ` and not ${not.join(", ")}` : ""}`, () => {
      const expression = codeOwnersExpression(pattern);
      assert.deepEqual(
        [...matches, ...not].filter((path) => expression.test(path)),
        matches,
      );
    });
  }

  const owners = (text: string, path: string) =>
    ruleFor(parseCodeowners(text).rules, path)?.owners.map((owner) => owner.text);

  it("lets the last match win, and a line without owners remove ownership", () => {
    const text = ["* @ada", "/apps/ @ben  @vaarak/platform # both", "/apps/github", "*.go docs@example.com"].join(
      "\r\n",
    );
    assert.deepEqual(owners(text, "README.md"), ["@ada"]);
    assert.deepEqual(owners(text, "apps/x"), ["@ben", "@vaarak/platform"]);
    assert.deepEqual(owners(text, "apps/github/x"), []);
    assert.deepEqual(owners(text, "apps/github/x.go"), ["docs@example.com"]);
  });

  it("reports gitignore syntax that CODEOWNERS does not support, and skips only such lines", () => {
    const text = ["* @ada", "!a @ben", "[ab].txt @ben", "\\#x @ben", "***/*.rb @ben", "/ @ben", "*.txt docs@"].join(
      "\n",
    );
    const { rules, errors } = parseCodeowners(text);
    assert.deepEqual(
      rules.map(({ line }) => line),
      [1],
    );
    assert.deepEqual(
      errors.map(({ line, column, kind, suggestion }) => [line, column, kind, suggestion]),
      [
        [2, 1, "Invalid pattern", null],
        [3, 1, "Invalid pattern", null],
        [4, 1, "Invalid pattern", null],
        [5, 1, "Invalid pattern", "Did you mean `**/*.rb`?"],
        [6, 1, "Invalid pattern", "The pattern `/` will never match anything, did you mean `*` instead?"],
        [7, 7, "Invalid owner", null],
      ],
    );
    const last = errors.at(-1);
    assert(last);
    assert.equal(errorShape(last, "CODEOWNERS").message, "Invalid owner on line 7:\n\n  *.txt docs@\n        ^");
  });

  it("matches a plain path and everything below it, with any characters", () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9.+(){}$|^_-]{1,8}$/).filter((text) => !/^\.{1,2}$/.test(text));
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    fc.assert(
      fc.property(path, path, (one, other) => {
        const expression = codeOwnersExpression(`/${one}`);
        assert.equal(expression.test(one), true);
        assert.equal(expression.test(`${one}/${other}`), true);
        assert.equal(expression.test(other), other === one || other.startsWith(`${one}/`));
      }),
    );
  });

  it("assigns each file to the last rule that matches it", () => {
    const line = fc.constantFrom(
      "* @a",
      "*.yaml @b",
      "/charts/ @c",
      "environments/*",
      "/environments/prod/ @d",
      "docs @e",
    );
    const path = fc.constantFrom(
      "README.md",
      "charts/x.yaml",
      "environments/prod/api.yaml",
      "environments/a",
      "docs/a",
    );
    fc.assert(
      fc.property(fc.array(line), path, (lines, file) => {
        const { rules } = parseCodeowners(lines.join("\n"));
        const matching = rules.filter((rule) => rule.expression.test(file));
        assert.equal(ruleFor(rules, file), matching.at(-1));
      }),
    );
  });
});
