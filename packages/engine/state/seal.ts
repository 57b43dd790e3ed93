import { createHmac } from "node:crypto";
import { HIDDEN, isObject, mapObject, mapValue, plain, Secret, someLeaf } from "../model/values";

// A digest is an object with only this key, which is Pulumi's signature key for special values.
const MARK = "4dabf18193072939515e22adb298388d";

/** Stands for a secret of which only the digest is known. */
export const LOST = new Secret(HIDDEN);

/** Whether the value contains a {@link LOST} secret at any depth. */
export function hasLost(value: unknown): boolean {
  return someLeaf(value, (leaf) => leaf === LOST);
}

/**
 * Keeps secrets out of the state file. A secret is stored as an HMAC-SHA-256 of its canonical JSON, with a key that
 * belongs to the state. The digest only shows whether the secret has changed. The key is in the same file, so anyone
 * with access to it can test guesses; therefore the file has mode 0600.
 */
export class Seal {
  /** @param key The state's key, in hexadecimal. */
  constructor(private readonly key: string) {}

  /** Replaces all secrets with digests, for the state file. */
  close(values: Record<string, unknown>): Record<string, unknown> {
    return mapObject(values, (value) =>
      mapValue(value, (leaf) => (leaf instanceof Secret ? { [MARK]: this.digest(leaf.value) } : leaf)),
    );
  }

  /**
   * Restores stored values. A digest becomes a `Secret` if `now` has the matching value at the same path; otherwise it
   * becomes {@link LOST}.
   * @param now Current values, in which secrets may be marked or plain.
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

/** JSON with sorted keys, so that equal values have equal strings. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) =>
    isObject(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}
