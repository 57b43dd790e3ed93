import assert from "node:assert/strict";
import { markdown, type Row, text } from "./table";

const row: Row = {
  attack: "a tag with the name of production's branch, which is long enough to need another line",
  class: "names that decide",
  by: "developer",
  expected: "refused",
  happened: "refused",
  detail: "GitHub: Cannot create ref due to creations being restricted. | <b>",
};
const rows: Row[] = [
  row,
  { ...row, class: "endpoints", happened: "succeeded", detail: `Argo CD took it ${"x".repeat(100)}` },
  { ...row, class: "endpoints", happened: "inconclusive", detail: "no response" },
];

describe("the table of attacks", () => {
  it("fits 80 columns, and has the outcome of each attack", () => {
    const lines = text(rows).split("\n");
    assert.deepEqual(
      lines.filter((line) => line.length > 80),
      [],
    );
    const all = text(rows).replaceAll(/\s+/g, " ");
    assert.match(all, /names that decide \(1\) ✓ developer: a tag .* refused: GitHub: Cannot create ref/);
    assert.match(all, /endpoints \(2\) ✗ developer: .* succeeded, not refused: Argo CD took it/);
    assert.match(all, /3 attacks: 1 held, 1 succeeded, 1 inconclusive $/);
  });

  it("is a valid Markdown table, whatever the messages contain", () => {
    const [, , first = "", ...rest] = markdown(rows).split("\n");
    assert.match(first, /\| names that decide \| developer \| refused \| refused \| .*restricted\. \\\| &lt;b> \|$/);
    assert.match(rest.join("\n"), /3 attacks: 1 held, 1 succeeded, 1 inconclusive/);
  });
});
