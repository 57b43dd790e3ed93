/**
 * Serialises properties as a google.protobuf.Struct. Counterpart of `registration.ts`, for the same reason: the
 * generated classes create five objects per value, which takes seconds for Argo CD's CustomResourceDefinitions.
 * @param properties Plain JSON values; secrets and unknown values in Pulumi's wire format.
 */
export function structBytes(properties: Record<string, unknown>): Buffer {
  const entries = Object.entries(properties).filter(([, value]) => value !== undefined);
  return Buffer.concat(
    entries.map(([key, value]) =>
      lengthDelimited(1, Buffer.concat([text(1, key), lengthDelimited(2, valueBytes(value))])),
    ),
  );
}

/** Serialises a field of the wire type LEN, such as a message or a string. */
export function lengthDelimited(field: number, content: Uint8Array): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
}

// Field numbers below are those in google/protobuf/struct.proto.

const NULL = Buffer.from([0x08, 0]);
const TRUE = Buffer.from([0x20, 1]);
const FALSE = Buffer.from([0x20, 0]);

function valueBytes(value: unknown): Buffer {
  switch (typeof value) {
    case "string":
      return text(3, value);
    case "boolean":
      return value ? TRUE : FALSE;
    case "number":
      return number(value);
    case "object":
      if (Array.isArray(value)) return lengthDelimited(6, listBytes(value));
      return value === null ? NULL : lengthDelimited(5, structBytes(value as Record<string, unknown>));
    default:
      return NULL;
  }
}

function listBytes(items: readonly unknown[]): Buffer {
  return Buffer.concat(items.map((item) => lengthDelimited(1, valueBytes(item))));
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(9);
  bytes[0] = 0x11;
  bytes.writeDoubleLE(value, 1);
  return bytes;
}

function text(field: number, value: string): Buffer {
  return lengthDelimited(field, Buffer.from(value));
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}
