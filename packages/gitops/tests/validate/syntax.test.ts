import assert from "node:assert/strict";
import { syntaxProblems } from "../../validate/syntax";

describe("the syntax of values files", () => {
  const refused: [what: string, text: string, place: [number, number], message: RegExp][] = [
    ["a duplicate key", "image:\n  tag: a\n  tag: b\n", [3, 3], /unique/],
    ["an unclosed bracket", "a: [1\n", [2, 1], /flow/i],
    ["a tab for indentation", "a:\n\tb: 1\n", [2, 1], /tab/i],
    ["a second document", "a: 1\n---\nb: 2\n", [2, 1], /got 2 documents; expected one/i],
  ];
  for (const [what, text, [line, column], message] of refused) {
    it(`refuses ${what}, with line and column`, () => {
      const [problem] = syntaxProblems("f.yaml", text);
      assert.deepEqual([problem?.file, problem?.line, problem?.column], ["f.yaml", line, column], problem?.message);
      assert.match(problem?.message ?? "", message);
    });
  }

  for (const text of ["", "# nothing\n", "a: 1\n", "---\na: 1\n"]) {
    it(`accepts ${JSON.stringify(text)}`, () => {
      assert.deepEqual(syntaxProblems("f.yaml", text), []);
    });
  }
});
