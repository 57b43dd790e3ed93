import type { Finding } from "@gitops-platform/engine";
import { urnName, urnType } from "@gitops-platform/engine/model/resource";

/** The resource of a finding, for example `Application api`. */
export function resourceText({ urn }: Pick<Finding, "urn">): string {
  if (urn === "") return "the stack";
  return `${urnType(urn).split(":").at(-1) ?? ""} ${urnName(urn)}`;
}

/** Formats a value for a table: on one line, shortened to `width` characters. */
export function valueText(value: unknown, width = 60): string {
  if (value === undefined) return "–";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  const line = text.replaceAll(/\s+/g, " ");
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** `1 rule`, `2 rules`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Counts how often each value occurs, in order of first occurrence. */
export function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
