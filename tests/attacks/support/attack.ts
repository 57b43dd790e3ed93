import { AssertionError } from "node:assert/strict";
import type { Actor } from "./actors";
import { takenBack } from "./cleaning";
import { type AttackClass, type Expected, record } from "./table";

/** One try to get past the gate. */
export interface Attack<T> {
  readonly class: AttackClass;
  readonly by: Actor;
  /** The attack, in words. */
  readonly what: string;
  /** What is promised. Default: it is refused. */
  readonly expected?: Expected;
  /** Performs the attack. Throws only where the attack could not be tried: a refusal is an answer. */
  readonly try: () => Promise<T>;
  /**
   * Wants that the promise holds, and returns what refused, reverted or alarmed it, in that one's own words.
   * @throws AssertionError where the attack went through.
   */
  readonly holds: (seen: T) => Promise<string> | string;
}

/**
 * Registers an attack as a test, and notes how it ended for the table that closes the run. What it made goes in the
 * end.
 */
export function attack<T>(tried: Attack<T>): void {
  const { class: kind, by, what, expected = "refused" } = tried;
  const row = { class: kind, by, attack: what, expected };
  it(`${by}: ${what}`, () =>
    takenBack(async () => {
      try {
        const seen = await tried.try();
        record({ ...row, happened: expected, detail: await judged(() => tried.holds(seen)) });
      } catch (error) {
        const { cause, ...end } =
          error instanceof WentThrough
            ? { happened: "went through" as const, cause: error.cause }
            : { happened: "not decided" as const, cause: error };
        record({ ...row, ...end, detail: firstLine(cause instanceof Error ? cause.message : String(cause)) });
        throw cause;
      }
    }));
}

class WentThrough extends Error {}

/** An assertion of `holds` alone says that the attack went through; one while it is tried says that it could not be. */
async function judged(holds: () => Promise<string> | string): Promise<string> {
  try {
    return firstLine(await holds());
  } catch (error) {
    throw error instanceof AssertionError ? new WentThrough("", { cause: error }) : error;
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.trim() ?? "";
}
