import assert from "node:assert/strict";
import { survives } from "../../values/differences";

const values = (tag: string, more = "") => `image:\n  tag: "${tag}"\n${more}`;

describe("a change of a values file", () => {
  const cases: [what: string, before: string | undefined, after: string | undefined, now: string, expected: boolean][] =
    [
      ["survives if the value that it set is still there", values("1"), values("2"), values("2"), true],
      ["does not survive if a later change set another value", values("1"), values("2"), values("3"), false],
      ["does not survive if a later change restored the old value", values("1"), values("2"), values("1"), false],
      ["survives if another key of it is still there", values("1"), values("2", "a: 1\n"), values("3", "a: 1\n"), true],
      ["survives if a key that it removed is still absent", values("1", "a: 1\n"), values("2"), values("3"), true],
      [
        "does not survive if the key that it removed is back",
        values("1", "a: 1\n"),
        values("2"),
        values("3", "a: 1\n"),
        false,
      ],
      [
        "does not survive if only a key with a dot looks like its path",
        "a: {b: 1}\n",
        '"a.b": 1\n',
        "a: {b: 1}\n",
        false,
      ],
      ["survives if it created the file", undefined, values("1"), values("1"), true],
      ["does not survive if it changed only comments", values("1"), `# a\n${values("1")}`, values("1"), false],
      ["survives if it cannot be read", values("1"), "a: [", values("1"), true],
    ];
  for (const [what, before, after, now, expected] of cases) {
    it(what, () => {
      assert.equal(survives(before, after, now), expected);
    });
  }
});
