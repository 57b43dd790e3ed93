import { createHmac } from "node:crypto";
import { HIDDEN, isObject, mapObject, mapValue, plain, Secret, someLeaf } from "../protocol/values";

// A digest is an object with this one key, which Pulumi's own wire format reserves for such marks.
const MARK = "4dabf18193072939515e22adb298388d";

/** A secret of which only the digest is known. Its value is the text that stands for it. */
export const LOST = new Secret(HIDDEN);

/** Whether a {@link LOST} secret is anywhere in the value. */
export function hasLost(value: unknown): boolean {
  return someLeaf(value, (leaf) => leaf === LOST);
}

/**
 * Keeps secrets out of the state file: a secret is stored as an HMAC-SHA-256 of its canonical JSON under the state's
 * own key. That tells whether it changed and nothing else; who has the file can still try guesses, so the file has mode
 * 0600.
 */
export class Seal {
  /** @param key The state's key, in hexadecimal. */
  constructor(private readonly key: string) {}

  /** The values as the state file holds them. */
  close(values: Record<string, unknown>): Record<string, unknown> {
    return mapObject(values, (value) =>
      mapValue(value, (leaf) => (leaf instanceof Secret ? { [MARK]: this.digest(leaf.value) } : leaf)),
    );
  }

  /**
   * Stored values with the secrets put back that `now` has at the same place, marked as secrets; any other is {@link
   * LOST}.
   * @param now Values that may hold the secrets, marked or plain.
   */
  open(stored: Record<string, unknown>, now: Record<string, unknown>): Record<string, unknown> {
    return mapObject(stored, (value, key) => this.openOne(value, plain(now[key])));
  }

  private openOne(stored: unknown, now: unknown): unknown {
    if (Array.isArray(stored))
      return stored.map((item, index) => this.openOne(item, Array.isArray(now) ? now[index] : undefined));
    if (!isObject(stored)) return stored;
    if (MARK in stored) return stored[MARK] === this.digest(now) ? new Secret(now) : LOST;
    return mapObject(stored, (value, key) => this.openOne(value, isObject(now) ? now[key] : undefined));
  }

  private digest(value: unknown): string {
    return createHmac("sha256", Buffer.from(this.key, "hex")).update(canonicalJson(value)).digest("hex");
  }
}

/** JSON with sorted keys: equal values have equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
