import assert from "node:assert/strict";
import * as proto from "@pulumi/pulumi/proto/resource_pb";
import fc from "fast-check";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { readRegistration, structBytes } from "../../protocol/struct";

function request(properties: Record<string, unknown>): proto.RegisterResourceRequest {
  const message = new proto.RegisterResourceRequest();
  message.setType("test:index:Thing");
  message.setName("thing");
  message.setObject(Struct.fromJavaScript(properties as Record<string, JavaScriptValue>));
  message.setProtect(true);
  message.setDependenciesList(["a", "b"]);
  return message;
}

describe("a serialised registration", () => {
  it("keeps all fields except the properties in the message", () => {
    const { message } = readRegistration(request({ a: 1 }).serializeBinary());
    assert.equal(message.getType(), "test:index:Thing");
    assert.equal(message.getName(), "thing");
    assert.equal(message.getProtect(), true);
    assert.deepEqual(message.getDependenciesList(), ["a", "b"]);
    assert.equal(message.hasObject(), false);
  });

  it("preserves any properties", () => {
    // The SDK's own serialiser loses a key with this name.
    const keys = fc.string().filter((key) => key !== "__proto__");
    const values = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true }),
        fc.string({ unit: "binary" }),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(keys, tie("value"), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(keys, values, { maxKeys: 4, noNullPrototype: true }), (properties) => {
        assert.deepEqual(readRegistration(request(properties).serializeBinary()).properties, properties);
      }),
    );
  });

  it("has no properties if none were sent", () => {
    assert.deepEqual(readRegistration(new proto.RegisterResourceRequest().serializeBinary()).properties, {});
  });
});

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
