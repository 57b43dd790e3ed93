import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Secret } from "../../model/values";
import { hasLost, LOST, Seal } from "../../state/seal";

describe("the seal of secrets", () => {
  const seal = new Seal("00".repeat(32));

  it("does not contain any part of a secret's value", () => {
    const stored = JSON.stringify(seal.close({ a: new Secret("hunter2"), b: [{ c: new Secret({ d: "hunter2" }) }] }));
    assert.ok(!stored.includes("hunter2"));
  });

  it("recognises a secret at the same path, marked or not, in any order of keys", () => {
    const stored = seal.close({ a: new Secret({ x: 1, y: 2 }), b: "open" });
    assert.deepEqual(seal.open(stored, { a: new Secret({ y: 2, x: 1 }) }), {
      a: new Secret({ y: 2, x: 1 }),
      b: "open",
    });
    assert.deepEqual(seal.open(stored, { a: { x: 1, y: 2 } }).a, new Secret({ x: 1, y: 2 }));
  });

  it("reports changed and removed secrets as lost", () => {
    const stored = seal.close({ a: [new Secret("one")] });
    assert.deepEqual(seal.open(stored, { a: [new Secret("two")] }), { a: [LOST] });
    assert.ok(hasLost(seal.open(stored, {})));
  });

  it("depends on the state's key", () => {
    const stored = new Seal("11".repeat(32)).close({ a: new Secret("one") });
    assert.ok(hasLost(seal.open(stored, { a: "one" })));
  });
});
