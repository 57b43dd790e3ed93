import { parse } from "yaml";
import { isMap } from "./leaves";

/** What a values file says, as far as a comparison of two needs it. */
export interface ValuesSummary {
  /**
   * The image's tag, with `@sha256:…` where there is a digest; null where there is none, or the file cannot be read.
   */
  readonly image: string | null;
  /** The image's registry and path; null where the file does not say it, or cannot be read. */
  readonly repository: string | null;
  /** All other values; the text of a file that cannot be read. */
  readonly others: unknown;
}

/**
 * Reads any values file that there ever was, so nothing is refused: what is not YAML has no image. Who goes on with the
 * image reads it by image.ts, which is strict.
 */
export function summarizeValues(text: string): ValuesSummary {
  try {
    const values: unknown = parse(text, { logLevel: "error" });
    if (!isMap(values) || !isMap(values.image)) return { image: null, repository: null, others: values };
    const { tag, digest, ...image } = values.image;
    const repository = typeof image.repository === "string" ? image.repository : null;
    return { image: formatImage(tag, digest), repository, others: { ...values, image } };
  } catch {
    return { image: null, repository: null, others: text };
  }
}

/** The image of values; null where there are none, or none in them. */
export function imageOf(text: string | undefined): string | null {
  return text === undefined ? null : summarizeValues(text).image;
}

/** How trailers and tables write a version: `sha-a1b2c3d`, or `sha-a1b2c3d@sha256:…`. */
function formatImage(tag: unknown, digest: unknown): string | null {
  if (!["string", "number"].includes(typeof tag) || tag === "") return null;
  return typeof digest === "string" && digest !== "" ? `${String(tag)}@${digest}` : String(tag);
}
