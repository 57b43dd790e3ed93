import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Linter, type Rule } from "eslint";

const script = resolve(__dirname, "../../scripts/prose.mjs");
/** In two parts, because this file is checked as well. */
const WORD = ["who", "ever"].join("");
const wide = "x".repeat(117);

describe("scripts/prose.mjs", () => {
  let lint: (code: string) => string[];
  before(async () => {
    const { prose } = (await import(script)) as { prose: Rule.RuleModule };
    const config: Linter.Config = { plugins: { project: { rules: { prose } } }, rules: { "project/prose": "error" } };
    lint = (code) => new Linter().verify(code, config).map(({ line, message }) => `${line}: ${message}`);
  });

  for (const [what, code, found] of [
    ["a comment that ends at column 120", `// ${wide}`, []],
    [
      "a longer comment",
      `// ${wide}x`,
      [/^1: got a comment that ends at column 121; expected at most 120\. Wrap it\.$/],
    ],
    ["a longer line of a block comment", `/**\n * x\n * ${wide}x\n */`, [/^3: got a comment that ends at column 121/]],
    ["a comment after code", `f("${wide}"); // x`, [/^1: got a comment that ends at column 128/]],
    ["a long string", `f("${wide}xxx");`, []],
    [
      "a refused word in a comment",
      `/*\n * ${WORD} */`,
      [/^2: got "[a-z]+"; expected a plainer word\. Write: anyone who/],
    ],
    ["a refused word in a string", `f("By ${WORD.toUpperCase()}.");`, [/^1: got "[A-Z]+"; expected/]],
    ["a refused word in a template", `f(\`\n${WORD} \${1}\`);`, [/^2: got/]],
    ["a refused word as part of another word, and as a name", `const ${WORD} = "${WORD}s";`, []],
  ] as const) {
    it(`checks ${what}`, () => {
      const problems = lint(code);
      assert.equal(problems.length, found.length, problems.join("\n"));
      found.forEach((pattern, index) => {
        assert.match(problems[index] ?? "", pattern);
      });
    });
  }

  it("checks a folder's Markdown and YAML, but not its dependencies", () => {
    const folder = mkdtempSync(join(tmpdir(), "prose-"));
    try {
      for (const name of ["docs", ".github", "node_modules"]) mkdirSync(join(folder, name));
      for (const file of ["docs/a.md", ".github/b.yaml", "node_modules/c.md"]) {
        writeFileSync(join(folder, file), `# A\n\n${WORD}\n`);
      }
      const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
      const places = stderr.split("\n").map((line) => line.split(": ")[0] ?? "");
      assert.deepEqual([status, places.sort()], [1, ["", ".github/b.yaml:3", "docs/a.md:3"]]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
