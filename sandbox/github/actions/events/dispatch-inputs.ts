import { unprocessable } from "../../domain/errors";
import type { DispatchInput } from "../workflow/triggers";

/**
 * The inputs of a workflow_dispatch run: with defaults, and booleans converted. Throws 422 with GitHub's messages for
 * undeclared or missing inputs, and for values that a choice does not list.
 */
export function dispatchInputs(
  declared: Record<string, DispatchInput>,
  sent: Record<string, unknown>,
): Record<string, string | boolean> {
  const unexpected = Object.keys(sent).filter((name) => !(name in declared));
  if (unexpected.length > 0) throw unprocessable(`Unexpected inputs provided: ${JSON.stringify(unexpected)}`);
  return Object.fromEntries(Object.entries(declared).map(([name, input]) => [name, valueOf(name, input, sent[name])]));
}

function valueOf(name: string, input: DispatchInput, sent: unknown): string | boolean {
  const isEmpty = sent === undefined || sent === "";
  if (isEmpty && input.required && input.default === undefined) {
    throw unprocessable(`Required input '${name}' not provided`);
  }
  // The default of a choice is its first option, as in GitHub's form.
  const fallback = input.default ?? (input.type === "choice" ? input.options?.[0] : undefined) ?? "";
  const value = String(isEmpty ? fallback : (sent as string | number | boolean));
  if (input.type === "boolean") {
    if (!["true", "false", ""].includes(value)) throw notAllowed(name, value);
    return value === "true";
  }
  if (input.type === "choice" && input.options?.includes(value) !== true) throw notAllowed(name, value);
  return value;
}

function notAllowed(name: string, value: string) {
  return unprocessable(`Provided value '${value}' for input '${name}' not in the list of allowed values`);
}
