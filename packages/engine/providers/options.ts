import { isIP } from "node:net";
import { type Inputs, UNKNOWN } from "../model/provider";

/** The options that a provider supports, by type. Other options are an error. */
export interface SupportedOptions {
  strings: readonly string[];
  flags: readonly string[];
  numbers: readonly string[];
  /** Options that do not change this engine's behaviour. Any value is accepted. */
  ignored: readonly string[];
}

/**
 * Validates a provider's inputs, and parses flags and numbers, which the SDK sends as JSON. Throws if an option is not
 * supported, has the wrong type, or has a value that is unknown in a preview.
 * @param provider For error messages, for example `kubernetes provider`.
 */
export function readProviderInputs(provider: string, inputs: Inputs, supported: SupportedOptions): Inputs {
  const read: Inputs = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (value === undefined || supported.ignored.includes(key)) continue;
    const option = `${provider}: ${key}`;
    if (value === UNKNOWN) {
      throw new Error(
        `${option}: got a value that is unknown in a preview; expected a known one. Take it from the configuration.`,
      );
    }
    const expected = expectedType(key, supported);
    if (!expected) {
      throw new Error(`${option}: the local engine does not support this option. Remove it, or use the Pulumi CLI.`);
    }
    const parsed = expected !== "string" && typeof value === "string" ? parse(value) : value;
    if (typeof parsed !== expected) {
      // A string may be a token or a kubeconfig, so the message does not contain it.
      throw new Error(`${option}: got a ${typeof parsed}; expected a ${expected}.`);
    }
    read[key] = parsed;
  }
  return read;
}

function expectedType(key: string, supported: SupportedOptions): "string" | "boolean" | "number" | undefined {
  if (supported.strings.includes(key)) return "string";
  if (supported.flags.includes(key)) return "boolean";
  return supported.numbers.includes(key) ? "number" : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Whether a URL points to this machine: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.replace(/^\[|\]$/g, "");
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

/**
 * Throws if a URL does not point to this machine.
 * @param key The setting that contains the URL, for the error message.
 */
export function requireLoopback(key: string, url: string): void {
  if (isLoopback(url)) return;
  throw new Error(
    `${key}: got ${url}; expected an address of this machine (127.0.0.1, ::1 or localhost). ` +
      "The local engine is only for the sandbox and for reviews: use the Pulumi CLI otherwise.",
  );
}
