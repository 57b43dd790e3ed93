import type { Finding } from "../../engine";
import { urnName, urnType } from "../../engine/plan/urn";

/** `Application api`: a resource as people name it. */
export function resourceText({ urn }: Pick<Finding, "urn">): string {
  if (urn === "") return "the stack";
  return `${urnType(urn).split(":").at(-1) ?? ""} ${urnName(urn)}`;
}

/** A value as a table shows it: one line, cut where it is long. */
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

/** How often each value occurs, in the order of the first. */
export function tally(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
