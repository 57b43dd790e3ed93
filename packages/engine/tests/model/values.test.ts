import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { UNKNOWN } from "../../model/provider";
import { fromWire, markSecrets, plain, redacted, Secret, toWire } from "../../model/values";

const SIGNATURE = "4dabf18193072939515e22adb298388d";
const secret = (value: unknown) => ({ [SIGNATURE]: "1b47061264138c4ac30d75fd1eb44270", value });
const reference = { [SIGNATURE]: "5cf8f73096256a8f31e491e813e4eb8e", urn: "urn:x" };
const output = { [SIGNATURE]: "d0e6a833031e9bbcd3f4e8bde6ca49a4" };
const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

describe("a value in wire format", () => {
  const cases: [string, unknown, unknown][] = [
    ["a scalar", 1.5, 1.5],
    ["null", null, null],
    ["an unknown value", { a: [UNKNOWN_TEXT] }, { a: [UNKNOWN] }],
    ["a secret", { a: secret("x") }, { a: new Secret("x") }],
    ["a secret in a secret", secret({ a: secret("x") }), new Secret({ a: "x" })],
    ["an unknown secret", secret(UNKNOWN_TEXT), new Secret(UNKNOWN)],
    ["a resource with an id", { ...reference, id: "7" }, "7"],
    ["a resource whose id is not known yet", { ...reference, id: UNKNOWN_TEXT }, UNKNOWN],
    ["a component", reference, "urn:x"],
    ["an output", { ...output, value: 1, dependencies: ["urn:x"] }, 1],
    ["a secret output", { ...output, value: 1, secret: true }, new Secret(1)],
    ["an unknown output", output, UNKNOWN],
  ];
  for (const [name, wire, value] of cases) {
    it(`is parsed: ${name}`, () => {
      assert.deepEqual(fromWire(wire), value);
    });
  }

  it("cannot be an asset", () => {
    assert.throws(() => fromWire({ a: { [SIGNATURE]: "c44067f5952c0a294b673a41bacd8c17" } }), /assets/);
  });

  it("is unchanged after serialising and parsing", () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.constant(UNKNOWN),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        leaf.map((inner) => new Secret(inner)),
        fc.array(tie("value")),
        fc.dictionary(fc.string(), tie("value"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(value, (any) => {
        assert.deepEqual(fromWire(toWire(any)), any);
      }),
    );
  });
});

describe("secrets in values", () => {
  it("are unwrapped for providers and redacted in output", () => {
    const value = { a: [new Secret({ b: "x" }), UNKNOWN] };
    assert.deepEqual(plain(value), { a: [{ b: "x" }, UNKNOWN] });
    assert.deepEqual(redacted(value), { a: ["[secret]", "[unknown]"] });
  });

  const marks: [string, Record<string, unknown>, Record<string, unknown>, unknown][] = [
    [
      "a value whose input is secret, at the same path",
      { a: { b: 1, c: 2 } },
      { a: { b: new Secret(1) } },
      { a: { b: new Secret(1), c: 2 } },
    ],
    [
      "an object whose input is secret, as a whole",
      { a: { b: 1 } },
      { a: new Secret({}) },
      { a: new Secret({ b: 1 }) },
    ],
    ["an item of a list", { a: [1, 2] }, { a: [1, new Secret(2)] }, { a: [1, new Secret(2)] }],
    [
      "a whole list if it has more items than the input",
      { a: [1, 2] },
      { a: [new Secret(1)] },
      { a: new Secret([1, 2]) },
    ],
    ["an output that is listed as secret", { serial: 1, b: 2 }, {}, { serial: new Secret(1), b: 2 }],
  ];
  for (const [name, outputs, inputs, expected] of marks) {
    it(`are marked in outputs: ${name}`, () => {
      assert.deepEqual(markSecrets(outputs, inputs, ["serial"]), expected);
    });
  }
});
