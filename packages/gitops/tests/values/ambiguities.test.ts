import assert from "node:assert/strict";
import { parse } from "yaml";
import { readFiles } from "@gitops-platform/components/repository/content";
import { ambiguitiesIn } from "@gitops-platform/contract/values/ambiguities";
import { TRAPS } from "./traps";

// tests/integration/two-readers.test.ts tests what the real Helm reads in these texts.

describe("a text that YAML parsers may read differently", () => {
  for (const [what, text, ours] of TRAPS) {
    it(`is refused for ${what}`, () => {
      const read: unknown = parse(text, { logLevel: "silent" });
      const shown = JSON.stringify(read, (_, value: unknown) =>
        typeof value === "number" && !Number.isFinite(value) ? `(${value})` : value,
      );
      assert.equal(shown, ours);
      const [found] = ambiguitiesIn(text);
      assert.match(found?.message ?? "", /^got .*; expected .*\. .*\.$/);
    });
  }

  const taken = [
    "a: 1\nb: -1.5\nc: 1e3\nd: 0\n",
    "a: true\nb: null\nc: ~\nd:\n",
    "a: 250m\nb: 64Mi\nc: 10.20.0.0/16\nd: 1.0.0\ne: sha-a1b2c3d\nf: /healthz\n",
    'a: "yes"\nb: \'012\'\nc: "1:30"\nd: "caf\\u00e9\\n"\n',
    "a: |\n  yes\n  012\nb: >-\n  x\n  y\n",
    "a: { b: 1, c: sha256:00aa } # c\nd: [x, http://x:1/y]\n",
    "---\na: 1\r\nb: é 😀 # CI\r\n",
    "",
    "# nothing\n",
  ];
  for (const text of taken) {
    it(`is not ${JSON.stringify(text)}`, () => {
      assert.deepEqual(ambiguitiesIn(text), []);
    });
  }

  it("is not in the platform's first content", () => {
    const files = readFiles().filter(({ path }) => /^(environments|charts)\/(?!.*\/templates\/).*\.yaml$/.test(path));
    assert.ok(files.length >= 5);
    for (const { path, text } of files) assert.deepEqual(ambiguitiesIn(text), [], path);
  });

  it("is reported with its line and column, in order", () => {
    const found = ambiguitiesIn("a: 1\nb: yes\nc: { d: *x } # \u2028\n");
    assert.deepEqual(
      found.map(({ line, column }) => [line, column]),
      [
        [2, 4],
        [3, 9],
        [3, 16],
      ],
    );
  });

  it("includes one with a last line that some parsers drop", () => {
    assert.equal(ambiguitiesIn(`a: ${"x".repeat(4_093)}`).length, 1);
    assert.equal(ambiguitiesIn(`a: ${"x".repeat(4_093)}\n`).length, 0);
  });
});
