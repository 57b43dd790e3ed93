import * as proto from "@pulumi/pulumi/proto/resource_pb";
import { BinaryReader } from "google-protobuf";

/** A deserialised registration. */
export interface Registration {
  /** The request without its properties. */
  message: proto.RegisterResourceRequest;
  /** The properties, in the SDK's wire format. */
  properties: Record<string, unknown>;
}

/** Number of the field `object` of RegisterResourceRequest in pulumi/resource.proto. */
const PROPERTIES = 5;

/**
 * Reads a RegisterResourceRequest, and parses its properties directly into plain values. The generated classes create
 * five objects per property value, which takes seconds for Argo CD's CustomResourceDefinitions.
 */
export function readRegistration(bytes: Uint8Array): Registration {
  const reader = new BinaryReader(bytes);
  const rest: Uint8Array[] = [];
  let properties: Record<string, unknown> = {};
  for (let start = 0; reader.nextField(); start = reader.getCursor()) {
    if (reader.getFieldNumber() === PROPERTIES) {
      properties = readNested(reader, readStruct);
    } else {
      reader.skipField();
      rest.push(bytes.subarray(start, reader.getCursor()));
    }
  }
  return { message: proto.RegisterResourceRequest.deserializeBinary(Buffer.concat(rest)), properties };
}

// Field numbers below are those in google/protobuf/struct.proto.

function readStruct(reader: BinaryReader): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  while (reader.nextField()) entries.push(readNested(reader, readEntry));
  return Object.fromEntries(entries);
}

function readEntry(reader: BinaryReader): [string, unknown] {
  let key = "";
  let value: unknown = null;
  while (reader.nextField()) {
    if (reader.getFieldNumber() === 1) key = reader.readString();
    else value = readNested(reader, readValue);
  }
  return [key, value];
}

function readValue(reader: BinaryReader): unknown {
  let value: unknown = null;
  while (reader.nextField()) {
    switch (reader.getFieldNumber()) {
      case 2:
        value = reader.readDouble();
        break;
      case 3:
        value = reader.readString();
        break;
      case 4:
        value = reader.readBool();
        break;
      case 5:
        value = readNested(reader, readStruct);
        break;
      case 6:
        value = readNested(reader, readList);
        break;
      default:
        // null_value is the only other field.
        reader.skipField();
    }
  }
  return value;
}

function readList(reader: BinaryReader): unknown[] {
  const items: unknown[] = [];
  while (reader.nextField()) items.push(readNested(reader, readValue));
  return items;
}

/** BinaryReader requires a message to fill; it stays empty. */
const UNUSED = new proto.RegisterResourceRequest();

/** Reads a nested message. */
function readNested<T>(reader: BinaryReader, read: (reader: BinaryReader) => T): T {
  let result: T | undefined;
  reader.readMessage(UNUSED, () => {
    result = read(reader);
  });
  return result as T;
}

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
