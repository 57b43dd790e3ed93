/** Whether a value is a mapping. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Formats a value for messages. */
export function formatValue(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}
