import { HIDDEN, mapValue, Secret } from "../protocol/values";

/** Minimum length in characters. Shorter strings occur in ordinary words. */
const MIN_LENGTH = 4;

/** Removes secrets from messages: rules receive secrets in plain text, and may quote them. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Adds all secrets in the properties. Adds base64 values, as in Kubernetes Secrets, also in decoded form. */
  learn(properties: Record<string, unknown>): void {
    mapValue(properties, (leaf) => {
      if (leaf instanceof Secret) this.learnValue(leaf.value);
      return null;
    });
  }

  /** Replaces all known secrets in the text. */
  clean(text: string): string {
    // The longest first, because one secret may contain another.
    const known = [...this.secrets].sort((a, b) => b.length - a.length);
    return known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  }

  private learnValue(value: unknown): void {
    mapValue(value, (leaf) => {
      if (typeof leaf !== "string") return null;
      for (const text of [leaf, decoded(leaf)]) if (text.length >= MIN_LENGTH) this.secrets.add(text);
      return null;
    });
  }
}

/** The decoded text; empty if the text is not base64. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes.toString() : "";
}
