import { HIDDEN, mapValue, Secret } from "../protocol/values";

/** Shorter ones are found in every other word. */
const LEAST = 4;

/** Takes secrets out of messages: rules see them in the clear, and may quote what they see. */
export class Redactor {
  private readonly secrets = new Set<string>();

  /** Learns the secrets of some properties, those of Kubernetes also as they are before base64. */
  learn(properties: Record<string, unknown>): void {
    mapValue(properties, (leaf) => {
      if (leaf instanceof Secret) this.learnValue(leaf.value);
      return null;
    });
  }

  /** The text without any secret that was learnt. */
  clean(text: string): string {
    // The longest first: one may be part of another.
    const known = [...this.secrets].sort((a, b) => b.length - a.length);
    return known.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text);
  }

  private learnValue(value: unknown): void {
    mapValue(value, (leaf) => {
      if (typeof leaf !== "string") return null;
      for (const text of [leaf, decoded(leaf)]) if (text.length >= LEAST) this.secrets.add(text);
      return null;
    });
  }
}

/** What a text is in base64; empty where it is none. */
function decoded(text: string): string {
  const bytes = Buffer.from(text, "base64");
  return bytes.toString("base64") === text ? bytes.toString() : "";
}
