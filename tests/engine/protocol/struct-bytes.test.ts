import assert from "node:assert/strict";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { structBytes } from "../../../engine/protocol/struct-bytes";

describe("a serialised Struct", () => {
  it("can be read by the generated protobuf classes, for any properties", () => {
    // Those classes do not treat a key with this name as a property.
    const key = fc.string({ unit: "binary" }).filter((name) => name !== "__proto__");
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        fc.string({ unit: "grapheme" }),
        fc.double({ noNaN: true }),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie("value")),
        fc.dictionary(key, tie("value"), { noNullPrototype: true }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { noNullPrototype: true }), (properties) => {
        assert.deepEqual(Struct.deserializeBinary(structBytes(properties)).toJavaScript(), properties);
      }),
    );
  });

  it("contains long strings in full, and omits undefined values", () => {
    const long = "ä".repeat(100_000);
    const read = Struct.deserializeBinary(structBytes({ long, none: undefined, list: [[], {}] })).toJavaScript();
    assert.deepEqual(read, { long, list: [[], {}] });
  });
});
