import { type Inputs, UNKNOWN } from "../provider";

/** The options that a provider knows, by kind; others are refused by name. */
export interface KnownOptions {
  strings: readonly string[];
  flags: readonly string[];
  numbers: readonly string[];
  /** Options that ask for nothing that this engine would do otherwise: any value will do. */
  ignored: readonly string[];
}

/**
 * Checks a provider's inputs, and reads flags and numbers from the JSON text that the SDK sends. Throws for an option
 * that is not known, for one of the wrong type, and for one whose value a preview cannot tell.
 * @param provider For messages: `kubernetes provider`.
 */
export function readProviderInputs(provider: string, inputs: Inputs, known: KnownOptions): Inputs {
  const read: Inputs = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || known.ignored.includes(key)) continue;
    const place = `${provider}: ${key}`;
    if (value === UNKNOWN) throw new Error(`${place}: is not known in a preview; expected a value from configuration.`);
    const expected = expectedType(key, known);
    if (!expected) {
      throw new Error(`${place}: the local engine does not support this option. Remove it, or use the Pulumi CLI.`);
    }
    const parsed = expected !== "string" && typeof value === "string" ? parse(value) : value;
    if (typeof parsed !== expected) {
      // A string may be a token or a kubeconfig: its text stays out of messages.
      throw new Error(`${place}: got a ${typeof parsed}; expected a ${expected}.`);
    }
    read[key] = parsed;
  }
  return read;
}

function expectedType(key: string, known: KnownOptions): "string" | "boolean" | "number" | undefined {
  if (known.strings.includes(key)) return "string";
  if (known.flags.includes(key)) return "boolean";
  return known.numbers.includes(key) ? "number" : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
