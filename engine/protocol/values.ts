import { UNKNOWN } from "../provider";

/**
 * A value that the program marked secret. It is unwrapped only for the provider and for the way back to the program.
 */
export class Secret {
  /** @param value The plain value; it holds no further secret. */
  constructor(readonly value: unknown) {}
}

// Marks of Pulumi's wire format: sdk/go/common/resource/properties.go, and runtime/rpc.ts of the Node SDK.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** What a value is shown as where it must not be shown. */
export const HIDDEN = "[secret]";

/** Whether a value is an object with properties: no list, no secret, not null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Rebuilds a value: `leaf` answers for scalars, unknowns and secrets, lists and objects are walked. */
export function mapValue(value: unknown, leaf: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, leaf));
  if (isObject(value)) return mapObject(value, (item) => mapValue(item, leaf));
  return leaf(value);
}

/** The same keys with other values. A value that becomes undefined is left out, as in JSON. */
export function mapObject(
  object: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(object).map(([key, value]) => [key, change(value, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * Reads a value as the SDK serialises it. A reference to a resource becomes its id, or its URN where it has none (a
 * component). Throws on assets and archives, which this engine does not carry.
 */
export function fromWire(value: unknown): unknown {
  if (value === UNKNOWN_ON_THE_WIRE) return UNKNOWN;
  if (Array.isArray(value)) return value.map(fromWire);
  if (!isObject(value)) return value;
  switch (value[SIGNATURE]) {
    case undefined:
      return mapObject(value, fromWire);
    case SECRET:
      return new Secret(plain(fromWire(value.value)));
    case RESOURCE:
      return fromWire("id" in value ? value.id : value.urn);
    case OUTPUT: {
      const inner = "value" in value ? fromWire(value.value) : UNKNOWN;
      return value.secret === true ? new Secret(plain(inner)) : inner;
    }
    default:
      throw new Error(
        "got an asset or an archive; expected plain values. Use the Pulumi CLI for programs with assets.",
      );
  }
}

/** Writes a value as the SDK reads it. */
export function toWire(value: unknown): unknown {
  return mapValue(value, (leaf) => {
    if (leaf === UNKNOWN) return UNKNOWN_ON_THE_WIRE;
    if (leaf instanceof Secret) return { [SIGNATURE]: SECRET, value: toWire(leaf.value) };
    return leaf;
  });
}

/** The value without secret marks, as providers take it. */
export function plain(value: unknown): unknown {
  return mapValue(value, (leaf) => (leaf instanceof Secret ? plain(leaf.value) : leaf));
}

/** {@link plain} for a set of properties. */
export function plainInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  return mapObject(inputs, plain);
}

/** The value as people may see it. */
export function shown(value: unknown): unknown {
  return mapValue(value, (leaf) => (leaf instanceof Secret ? HIDDEN : leaf === UNKNOWN ? "[unknown]" : leaf));
}

/** Whether any scalar, unknown or secret in the value fulfils a condition. */
export function someLeaf(value: unknown, condition: (leaf: unknown) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => someLeaf(item, condition));
  if (isObject(value)) return Object.values(value).some((item) => someLeaf(item, condition));
  return condition(value);
}

/**
 * Marks outputs secret where the inputs of the same path are, as Pulumi's engine does for providers that know no
 * secrets, and the named top-level outputs. A list of another length is secret as a whole when any of its inputs is.
 */
export function markSecrets(outputs: Record<string, unknown>, inputs: Record<string, unknown>, names: string[] = []) {
  return mapObject(outputs, (value, key) => (names.includes(key) ? secret(value) : markLike(value, inputs[key])));
}

function markLike(output: unknown, input: unknown): unknown {
  if (input instanceof Secret) return secret(output);
  if (Array.isArray(input) && Array.isArray(output)) {
    if (input.length === output.length) return output.map((item, index) => markLike(item, input[index]));
    return someLeaf(input, (leaf) => leaf instanceof Secret) ? secret(output) : output;
  }
  if (isObject(input) && isObject(output)) return mapObject(output, (value, key) => markLike(value, input[key]));
  return output;
}

function secret(value: unknown): Secret {
  return new Secret(plain(value));
}
