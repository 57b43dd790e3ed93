import assert from "node:assert/strict";
import fc from "fast-check";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { structBytes } from "../../../engine/protocol/struct-bytes";

describe("a Struct's bytes", () => {
  it("are what protobuf's own classes read, whatever the properties", () => {
    // A key of that name is no property for those classes.
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

  it("hold long texts whole, and leave out what is undefined", () => {
    const long = "ä".repeat(100_000);
    const read = Struct.deserializeBinary(structBytes({ long, none: undefined, list: [[], {}] })).toJavaScript();
    assert.deepEqual(read, { long, list: [[], {}] });
  });
});
