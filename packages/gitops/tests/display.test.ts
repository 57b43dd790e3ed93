import assert from "node:assert/strict";
import fc from "fast-check";
import { span } from "../durations";
import { type Column, imageChange, plain, table, wantsColor, widthOf } from "../display";

interface Row {
  name: string;
  note: string;
}

const columns: Column<Row>[] = [
  { title: "NAME", text: ({ name }) => name },
  { title: "NOTE", text: ({ note }) => note, optional: 1 },
];

describe("tables", () => {
  const rows = [
    { name: "api", note: "runs" },
    { name: "payments", note: "" },
  ];

  it("align their columns, without spaces at the end of a line", () => {
    assert.deepEqual(table(columns, rows, Infinity), ["NAME      NOTE", "api       runs", "payments"]);
  });

  it("omit optional columns, then shorten the widest, if there is no room", () => {
    assert.deepEqual(table(columns, rows, 13), ["NAME", "api", "payments"]);
    assert.deepEqual(table(columns, rows, 6), ["NAME", "api", "payme…"]);
  });

  it("colour the aligned cells", () => {
    const painted: Column<Row>[] = [{ title: "NAME", text: ({ name }) => name, paint: (cell) => `<${cell}>` }];
    assert.deepEqual(table(painted, rows, Infinity), ["NAME", "<api     >", "<payments>"]);
  });

  it("have one line for each row, and none wider than the limit", () => {
    const text = fc.string({ unit: "grapheme-ascii", maxLength: 60 });
    const row = fc.record({ name: text, note: text });
    fc.assert(
      fc.property(fc.array(row), fc.integer({ min: 10, max: 120 }), (all, width) => {
        const lines = table(columns, all, width);
        assert.equal(lines.length, all.length + 1);
        assert.ok(lines.every((line) => line.length <= width && !line.includes("\n")));
      }),
    );
  });
});

describe("text from outside the program", () => {
  const cases: [what: string, text: string, shown: string][] = [
    ["an escape sequence", "\u001b[31mred\u001b[0m\u001b]0;title\u0007", "red"],
    ["line ends", "one\r\ntwo\u2028three", "one two three"],
    ["a change of direction", "abc\u202edef", "abcdef"],
  ];
  for (const [what, text, shown] of cases) {
    it(`is shown without ${what}`, () => {
      assert.equal(plain(text), shown);
    });
  }
});

describe("a terminal", () => {
  it("has the width of COLUMNS or its own, and output to a program has no limit", () => {
    assert.equal(widthOf({ isTTY: true, columns: 100 }, { COLUMNS: "72" }), 72);
    assert.equal(widthOf({ isTTY: true, columns: 100 }, {}), 100);
    assert.equal(widthOf({ columns: 100 }, { COLUMNS: "wide" }), Infinity);
  });

  it("has colours, unlike other outputs", () => {
    assert.equal(wantsColor({ isTTY: true }, {}), true);
    assert.equal(wantsColor({ isTTY: true }, { NO_COLOR: "1" }), false);
    assert.equal(wantsColor({ isTTY: true }, { TERM: "dumb" }), false);
    assert.equal(wantsColor({}, {}), false);
  });
});

describe("spans of time", () => {
  const cases: [seconds: number, text: string][] = [
    [0, "0 s"],
    [59.6, "1 min"],
    [3661, "1 h 1 min"],
    [86400 * 3 + 61, "3 d"],
    [86400 + 7200, "1 d 2 h"],
  ];
  for (const [seconds, text] of cases) {
    it(`${seconds} s is ${text}`, () => {
      assert.equal(span(seconds), text);
    });
  }
});

describe("changes of an image", () => {
  const digest = (start: string) => `sha-a1b2c3d@sha256:${start.padEnd(64, "0")}`;
  const cases: [from: string | null, to: string | null, text: string][] = [
    ["sha-1", "sha-2", "sha-1 → sha-2"],
    ["sha-1", "sha-1", "sha-1"],
    [null, "sha-1", "sha-1"],
    ["sha-1", null, "sha-1 → –"],
    [digest("1234567"), digest("89abcde"), "sha-a1b2c3d (1234567 → 89abcde)"],
    ["sha-a1b2c3d", digest("89abcde"), "sha-a1b2c3d (no digest → 89abcde)"],
  ];
  for (const [from, to, text] of cases) {
    it(`are shown as ${text}`, () => {
      assert.equal(imageChange(from, to), text);
    });
  }
});
