import assert from "node:assert/strict";
import { survives } from "../../values/differences";

const values = (tag: string, more = "") => `image:\n  tag: "${tag}"\n${more}`;

describe("a change of a values file", () => {
  const cases: [what: string, before: string | undefined, after: string | undefined, now: string, expected: boolean][] =
    [
      ["survives where what it set stands", values("1"), values("2"), values("2"), true],
      ["does not where a later one set it again", values("1"), values("2"), values("3"), false],
      ["does not where a later one set it back", values("1"), values("2"), values("1"), false],
      ["survives by another key", values("1"), values("2", "a: 1\n"), values("3", "a: 1\n"), true],
      ["survives by a key that it took away", values("1", "a: 1\n"), values("2"), values("3"), true],
      ["does not where that key came back", values("1", "a: 1\n"), values("2"), values("3", "a: 1\n"), false],
      ["is not mixed up by a key with a dot", "a: {b: 1}\n", '"a.b": 1\n', "a: {b: 1}\n", false],
      ["survives where there was no file", undefined, values("1"), values("1"), true],
      ["survives by comments alone no less than not at all", values("1"), `# a\n${values("1")}`, values("1"), false],
      ["survives where it cannot be read", values("1"), "a: [", values("1"), true],
    ];
  for (const [what, before, after, now, expected] of cases) {
    it(what, () => {
      assert.equal(survives(before, after, now), expected);
    });
  }
});
