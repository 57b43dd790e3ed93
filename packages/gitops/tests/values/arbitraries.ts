import fc from "fast-check";
import { ambiguitiesIn } from "@gitops-platform/contract/values/ambiguities";

/** A digest. */
export const DIGEST = `sha256:${"0a1b2c3d".repeat(8)}`;

const text = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength, maxLength });

/** Any tag that a registry accepts, including those that look like numbers. */
export const tags = fc.oneof(
  fc.tuple(text("abcdexyzE0123456789_", 1, 1), text("abcdexyzE0123456789_.-", 0, 20)).map((parts) => parts.join("")),
  text("0123456789", 7, 12),
  fc.constantFrom("12345e7", "1.5", "yes", "null", "0x1f", "0o17", "1_000", "2026-01-01", "sha-a1b2c3d", "v1.4.2"),
);

/** A digest or none. */
export const digests = fc.option(
  text("0123456789abcdef", 64, 64).map((hex) => `sha256:${hex}`),
  { nil: undefined },
);

/** A key of an image, as written in the file. */
export interface WrittenKey {
  readonly key: string;
  /** The value with its quotes. */
  readonly source: string;
  /** The text after it on its line; empty in braces. */
  readonly comment: string;
}

/** A values file, in parts that together have all of its bytes. */
export interface WrittenValues {
  readonly before: readonly string[];
  readonly keys: readonly WrittenKey[];
  readonly after: readonly string[];
  /** Undefined: in braces. */
  readonly indent: string | undefined;
  readonly lineEnd: string;
  /** Whether the last line ends with a line break. */
  readonly final: boolean;
}

/** The file's text. */
export function write({ before, keys, after, indent, lineEnd, final }: WrittenValues): string {
  const pairs = keys.map(({ key, source }) => `${key}: ${source}`);
  const image =
    indent === undefined
      ? [`image: { ${pairs.join(", ")} } # in braces`]
      : ["image:", ...pairs.map((pair, index) => `${indent}${pair}${keys[index]?.comment ?? ""}`)];
  const body = [...before, ...image, ...after].join("\n").replaceAll("\n", lineEnd);
  return final ? body + lineEnd : body;
}

/** The value of a key as written; undefined if the key is missing. */
export function sourceOf({ keys }: WrittenValues, key: string): string | undefined {
  return keys.find((each) => each.key === key)?.source;
}

/**
 * The same file with another version and no other change: a new digest follows the tag, and the text after a removed
 * digest is removed too.
 */
export function withVersion(values: WrittenValues, tag: string, digest: string | undefined): WrittenValues {
  const hasDigest = sourceOf(values, "digest") !== undefined;
  const keys = values.keys.flatMap((each): WrittenKey[] => {
    if (each.key === "digest") return digest === undefined ? [] : [{ ...each, source: digest }];
    if (each.key !== "tag") return [each];
    const comes = !hasDigest && digest !== undefined;
    return [{ ...each, source: tag }, ...(comes ? [{ key: "digest", source: digest, comment: "" }] : [])];
  });
  return { ...values, keys };
}

const comments = fc.constantFrom("", " # Updated by CI pipeline", "  # tag: x", " # 'quoted\" # twice");
const quotes = fc.constantFrom("'", '"', "");
const others = fc.constantFrom(
  "# a comment",
  "",
  "replicaCount: 3",
  "env:\n  TAG: sha-a1b2c3d",
  "list:\n  - a: 1\n    b: 'x'",
  "sidecar: { image: { tag: old } }",
  "text: |\n  image:\n    tag: old",
);

/**
 * Values files in many forms: with and without comments, blank lines, quotes, braces and a digest, and with different
 * orders of keys, indentations and line ends.
 */
export const valuesFiles: fc.Arbitrary<WrittenValues> = fc
  .record({
    before: fc.uniqueArray(others, { maxLength: 3 }),
    after: fc.array(fc.constantFrom("", "# the end", "probes:\n  path: /tag", "  \n# spaced"), { maxLength: 1 }),
    keys: fc.shuffledSubarray(["repository", "tag", "digest", "pull"], { minLength: 1 }),
    tag: tags,
    quotes: fc.record({ tag: quotes, digest: quotes }),
    comments: fc.array(comments, { minLength: 4, maxLength: 4 }),
    indent: fc.constantFrom("  ", "    ", undefined),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    final: fc.boolean(),
  })
  .map(({ keys, tag, quotes: { tag: one, digest: other }, comments: behind, ...rest }) => {
    const sources: Record<string, string> = {
      repository: "ghcr.io/vaarak/api",
      tag: ambiguitiesIn(`tag: ${one}${tag}${one}`).length > 0 ? `"${tag}"` : `${one}${tag}${one}`,
      digest: `${other}${DIGEST}${other}`,
      pull: "always",
    };
    const wanted = keys.includes("tag") ? keys : [...keys, "tag"];
    const written = wanted.map((key, at) => ({ key, source: sources[key] ?? "", comment: behind[at] ?? "" }));
    return { ...rest, keys: written };
  });
