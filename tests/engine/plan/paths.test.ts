import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { covers, keepIgnored, parsePath } from "../../../engine/plan/paths";
import { Secret } from "../../../engine/protocol/values";

describe("property paths", () => {
  const parsed: [string, (string | number)[]][] = [
    ["a", ["a"]],
    ["a.b[0].c", ["a", "b", 0, "c"]],
    ['data["a.b"]', ["data", "a.b"]],
    ['["a\\"b"].c', ['a"b', "c"]],
    ["*", ["*"]],
    ["a[*].b", ["a", "*", "b"]],
    ["metadata.labels.app/name", ["metadata", "labels", "app/name"]],
  ];
  for (const [path, steps] of parsed) {
    it(`parses ${path}`, () => {
      assert.deepEqual(parsePath(path), steps);
    });
  }

  it("rejects an incomplete path", () => {
    assert.throws(() => parsePath("a[0"), /got path a\[0/);
  });

  const covered: [string, string, boolean][] = [
    ["a", "a", true],
    ["a", "a.b[0]", true],
    ["a.b", "a", false],
    ["a[*].c", "a[3].c.d", true],
    ["*", "anything.below", true],
    ["a", "ab", false],
  ];
  for (const [outer, inner, expected] of covered) {
    it(`${outer} ${expected ? "covers" : "does not cover"} ${inner}`, () => {
      assert.equal(covers(outer, inner), expected);
    });
  }
});

describe("ignoreChanges", () => {
  const kept: [string, string[], Record<string, unknown>, Record<string, unknown>, Record<string, unknown>][] = [
    ["keeps an old value", ["a.b"], { a: { b: 1 } }, { a: { b: 2, c: 3 } }, { a: { b: 1, c: 3 } }],
    ["restores a removed value", ["a.b"], { a: { b: 1 } }, { a: {} }, { a: { b: 1 } }],
    ["removes an added value", ["a.b"], { a: {} }, { a: { b: 2 } }, { a: {} }],
    ["removes a value that was added with its parent", ["a.b"], {}, { a: { b: 2 } }, { a: {} }],
    ["keeps an item", ["a[1]"], { a: [1, 2] }, { a: [8, 9] }, { a: [8, 2] }],
    ["keeps a field of every item", ["a[*].b"], { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 8 }] }, { a: [{ b: 1 }] }],
    ["keeps a whole list", ["a[*]"], { a: [1, 2] }, { a: [8] }, { a: [1, 2] }],
    ["keeps everything", ["*"], { a: 1, b: 2 }, { a: 8, c: 9 }, { a: 1, b: 2 }],
    ["keeps a secret", ["a"], { a: new Secret(1) }, { a: new Secret(2) }, { a: new Secret(1) }],
    ["ignores a path that is in neither", ["x.y"], { a: 1 }, { a: 2 }, { a: 2 }],
  ];
  for (const [name, paths, old, inputs, expected] of kept) {
    it(name, () => {
      assert.deepEqual(keepIgnored(paths, old, inputs), expected);
    });
  }

  it("does not modify its arguments", () => {
    const inputs = { a: { b: 2 } };
    keepIgnored(["a.b"], { a: { b: 1 } }, inputs);
    assert.deepEqual(inputs, { a: { b: 2 } });
  });

  it("rejects a path whose parent was removed", () => {
    assert.throws(() => keepIgnored(["a.b"], { a: { b: 1 } }, { a: 5 }), /through b/);
  });

  it("rejects a path into a secret", () => {
    assert.throws(() => keepIgnored(["a.b"], { a: new Secret({ b: 1 }) }, { a: new Secret({ b: 1 }) }), /secret/);
  });
});
