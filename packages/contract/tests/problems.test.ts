import assert from "node:assert/strict";
import { formatReport, show, suggest } from "../problems";

describe("problems", () => {
  it("are reported together", () => {
    const problem = { key: "a.b", got: "1", expected: "2", fix: "Write 2." };
    assert.equal(
      formatReport("dev", [problem, { ...problem, key: "c" }]),
      "The configuration of stack dev has 2 problems; nothing was changed.\n" +
        "  a.b: got 1; expected 2. Write 2.\n" +
        "  c: got 1; expected 2. Write 2.",
    );
    assert.match(formatReport("dev", [problem]), /^The configuration of stack dev has 1 problem; /);
  });

  const shown: [value: unknown, text: string][] = [
    [undefined, "nothing"],
    ["", '""'],
    [null, "null"],
    ["two\nlines", '"two\\nlines"'],
    ["https://user:pass@host/path", '"https://…@host/path"'],
    ["x".repeat(200), `"${"x".repeat(79)}…`],
  ];
  for (const [value, text] of shown) {
    it(`show a value as ${text.slice(0, 30)}`, () => {
      assert.equal(show(value), text);
    });
  }

  const known = ["sync", "drift"];
  const suggestions: [name: string, text: string][] = [
    ["synk", "Did you mean sync?"],
    ["Drift", "Did you mean drift?"],
    ["driftt", "Did you mean drift?"],
    ["policy", "Remove it, or use one of sync, drift."],
  ];
  for (const [name, text] of suggestions) {
    it(`suggest a correction of "${name}": ${text}`, () => {
      assert.equal(suggest(name, known), text);
    });
  }
});
