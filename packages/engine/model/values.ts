import { isDeepStrictEqual } from "node:util";
import { UNKNOWN } from "./provider";

/**
 * A value that the program marked as secret. It is unwrapped only for providers and for responses to the program.
 */
export class Secret {
  /** @param value The plain value; it contains no nested Secret. */
  constructor(readonly value: unknown) {}
}

// Signatures in Pulumi's wire format: sdk/go/common/resource/properties.go, and runtime/rpc.ts of the Node SDK.
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Replaces a secret in output and messages. */
export const HIDDEN = "[secret]";

/** Whether a value is an object with properties: not null, not an array, not a {@link Secret}. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Secret);
}

/** Rebuilds a value recursively, with `leaf` applied to every scalar, unknown value and secret. */
export function mapValue(value: unknown, leaf: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapValue(item, leaf));
  if (isObject(value)) return mapObject(value, (item) => mapValue(item, leaf));
  return leaf(value);
}

/** Applies `change` to every value of an object. Values that become undefined are left out, as in JSON. */
export function mapObject(
  object: Record<string, unknown>,
  change: (value: unknown, key: string) => unknown,
): Record<string, unknown> {
  const entries = Object.entries(object).map(([key, value]) => [key, change(value, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/**
 * Parses a value in the SDK's wire format. A reference to a resource becomes its id, or its URN if it has no id (a
 * component). Throws for assets and archives, which this engine does not support.
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

/** Converts a value to the SDK's wire format. */
export function toWire(value: unknown): unknown {
  return mapValue(value, (leaf) => {
    if (leaf === UNKNOWN) return UNKNOWN_ON_THE_WIRE;
    if (leaf instanceof Secret) return { [SIGNATURE]: SECRET, value: toWire(leaf.value) };
    return leaf;
  });
}

/** Unwraps all secrets in a value. */
export function plain(value: unknown): unknown {
  return mapValue(value, (leaf) => (leaf instanceof Secret ? plain(leaf.value) : leaf));
}

/** {@link plain} for an object. */
export function plainInputs(inputs: Record<string, unknown>): Record<string, unknown> {
  return mapObject(inputs, plain);
}

/** Replaces secrets and unknown values with `[secret]` and `[unknown]`. */
export function redacted(value: unknown): unknown {
  return mapValue(value, (leaf) => (leaf instanceof Secret ? HIDDEN : leaf === UNKNOWN ? "[unknown]" : leaf));
}

/** Whether any scalar, unknown value or secret in the value meets a condition. */
export function someLeaf(value: unknown, condition: (leaf: unknown) => boolean): boolean {
  if (Array.isArray(value)) return value.some((item) => someLeaf(item, condition));
  if (isObject(value)) return Object.values(value).some((item) => someLeaf(item, condition));
  return condition(value);
}

/** Whether a value is unknown, or contains an unknown value at any depth. */
export function containsUnknown(value: unknown): boolean {
  return someLeaf(value, (leaf) => leaf === UNKNOWN);
}

/**
 * Marks outputs as secret if the input at the same path is secret, as Pulumi's engine does for providers that do not
 * support secrets. Also marks the top-level outputs in `names`. If a list's length differs between inputs and outputs
 * and any of its inputs is secret, the whole list is marked.
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

/**
 * The paths at which two values differ, in Pulumi's notation: `spec.replicas`, `containers[0].image`, `data["a.b"]`. An
 * absent property equals one that is undefined.
 */
export function changedPaths(before: unknown, after: unknown, path = ""): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) => changedPaths(before[index], after[index], `${path}[${index}]`)).flat();
  }
  if (isObject(before) && isObject(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => changedPaths(before[key], after[key], join(path, key)));
  }
  return [path];
}

/** Whether a path equals a property or lies below it: `spec.selector.matchLabels` is within `spec.selector`. */
export function isWithin(path: string, property: string): boolean {
  return path === property || (path.startsWith(property) && [".", "["].includes(path.charAt(property.length)));
}

function join(path: string, key: string): string {
  if (!/^[\p{L}_$][\p{L}\p{N}_$-]*$/u.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
