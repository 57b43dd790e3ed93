import { AssertionError } from "node:assert/strict";
import type { Actor } from "./actors";
import { withCleanUp } from "./cleaning";
import { type AttackClass, type Expected, record } from "./table";

/** One attempt to bypass the platform's protections. */
export interface Attack<T> {
  readonly class: AttackClass;
  readonly by: Actor;
  /** A description of the attack. */
  readonly what: string;
  /** The outcome that the platform promises. Default: it is refused. */
  readonly expected?: Expected;
  /** Performs the attack. Throws only if the attack could not be performed: a refusal is a result. */
  readonly try: () => Promise<T>;
  /**
   * Asserts that the promise holds, and returns the message of the component that refused, reverted or reported the
   * attack.
   * @throws AssertionError if the attack succeeded
   */
  readonly holds: (seen: T) => Promise<string> | string;
}

/**
 * Registers an attack as a test, and records its outcome for the table at the end of the run. What the attack created
 * is removed at the end.
 */
export function attack<T>(tried: Attack<T>): void {
  const { class: kind, by, what, expected = "refused" } = tried;
  const row = { class: kind, by, attack: what, expected };
  it(`${by}: ${what}`, () =>
    withCleanUp(async () => {
      try {
        const seen = await tried.try();
        record({ ...row, happened: expected, detail: await judged(() => tried.holds(seen)) });
      } catch (error) {
        const { cause, ...end } =
          error instanceof AttackSucceeded
            ? { happened: "succeeded" as const, cause: error.cause }
            : { happened: "inconclusive" as const, cause: error };
        record({ ...row, ...end, detail: firstLine(cause instanceof Error ? cause.message : String(cause)) });
        throw cause;
      }
    }));
}

class AttackSucceeded extends Error {}

/**
 * Only an assertion of `holds` means that the attack succeeded; one during the attack means that it could not be
 * performed.
 */
async function judged(holds: () => Promise<string> | string): Promise<string> {
  try {
    return firstLine(await holds());
  } catch (error) {
    throw error instanceof AssertionError ? new AttackSucceeded("", { cause: error }) : error;
  }
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.trim() ?? "";
}
