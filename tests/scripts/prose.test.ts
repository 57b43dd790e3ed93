import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Linter, type Rule } from "eslint";

const script = resolve(__dirname, "../../scripts/prose.mjs");
/** In two parts, because this file is checked as well. */
const WORD = ["who", "ever"].join("");
/** Longer than a line may be with anything beside it. */
const LONG = "x".repeat(120);

describe("scripts/prose.mjs", () => {
  let lint: (code: string) => string[];
  before(async () => {
    const { prose } = (await import(script)) as { prose: Rule.RuleModule };
    const config: Linter.Config = { plugins: { project: { rules: { prose } } }, rules: { "project/prose": "error" } };
    lint = (code) => new Linter().verify(code, config).map(({ line, message }) => `${line}: ${message}`);
  });

  for (const [what, code, found] of [
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
    const files = ["docs/a.md", ".github/b.yaml", "node_modules/c.md"].map((file) => [file, `# A\n\n${WORD}\n`]);
    const places = problemsIn(Object.fromEntries(files) as Record<string, string>).map((line) => line.split(": ")[0]);
    assert.deepEqual(places, [".github/b.yaml:3", "docs/a.md:3"]);
  });

  it("checks the length of lines in all that people write", () => {
    const names = ["css", "go", "js", "md", "mjs", "mts", "sh", "tpl", "ts", "yaml", "yml"].map((kind) => `a.${kind}`);
    const files = [".ci/run", "Dockerfile", ...names];
    const most = `f ${"x".repeat(118)}`;
    assert.deepEqual(
      problemsIn(Object.fromEntries(files.map((file) => [file, `${most}\nf\n${most}x\n`]))),
      files.map((file) => `${file}:3: got 121 columns; expected at most 120. Write it shorter, or break it.`),
    );
  });

  it("accepts lines that nobody can break, and those of what people do not write", () => {
    const files = {
      "a.md": `https://example.com/${LONG}\n- https://example.com/${LONG}\n| a | ${LONG} |\n`,
      "a.yaml": `  image: ghcr.io/${LONG}\n`,
      "a.ts": `import type { A } from "a/${LONG}";\n  /${LONG}/;\n  // https://example.com/${LONG}\n`,
      "a.json": `{ "a": "b ${LONG}" }\n`,
      "go.sum": `example.com/a v1.0.0 h1:${LONG}\n`,
      "node_modules/a.js": `f(); // ${LONG}\n`,
    };
    assert.deepEqual(problemsIn(files), []);
  });

  it("refuses long lines with an address, a value or a pattern that has a space before it", () => {
    const files = {
      "a.md": `See https://example.com/${LONG}.\n- See https://example.com/${LONG}\n`,
      "a.ts": `  "a ${LONG}",\n  /a ${LONG}/;\nf(); // ${LONG}\nimport { A, B } from "a/${LONG}";\n`,
      "b.yaml": `  image: ghcr.io ${LONG}\n`,
    };
    const places = problemsIn(files).map((line) => line.split(": ")[0]);
    assert.deepEqual(places, ["a.md:1", "a.md:2", "a.ts:1", "a.ts:2", "a.ts:3", "a.ts:4", "b.yaml:1"]);
  });
});

/** What the program says about the files of a folder, in the order of their paths. */
function problemsIn(files: Readonly<Record<string, string>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), "prose-"));
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(folder, file, ".."), { recursive: true });
      writeFileSync(join(folder, file), text);
    }
    const { status, stderr } = spawnSync(process.execPath, [script, folder], { encoding: "utf8" });
    const problems = stderr.split("\n").filter((line) => line !== "");
    assert.equal(status, problems.length > 0 ? 1 : 0, stderr);
    return problems.sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}
