import { Failure } from "../failure";

const DAY = 24 * 60 * 60 * 1000;

/** What is wrong with a time, in a sentence; undefined for one that {@link parseSince} takes. */
export function sinceProblem(text: string): string | undefined {
  try {
    parseSince(text, new Date());
    return undefined;
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}

/**
 * The moment that `--since` names: `30d` or `12h` before now, or a day or time in ISO 8601.
 * @throws {Failure} for anything else.
 */
export function parseSince(text: string, now: Date): Date {
  const [, amount, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (amount !== undefined) return new Date(now.getTime() - Number(amount) * (unit === "d" ? DAY : DAY / 24));
  const date = /^\d{4}-\d{2}-\d{2}(T[\d:.]+(Z|[+-]\d{2}:\d{2})?)?$/.test(text) ? new Date(text) : new Date(NaN);
  if (!Number.isNaN(date.getTime())) return date;
  throw new Failure(
    `--since: got ${JSON.stringify(text)}; expected 30d, 12h or a day. Write it as 30d, or as 2026-01-31.`,
  );
}
