import fc from "fast-check";

/** A digest. */
export const DIGEST = `sha256:${"0a1b2c3d".repeat(8)}`;

const text = (alphabet: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet.split("")), minLength, maxLength });

/** Any tag that a registry takes, those that read as numbers among them. */
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

const comments = fc.constantFrom("", " # Updated by CI pipeline", "  # tag: x");
const quotes = fc.constantFrom("'", '"');
const others = fc.constantFrom(
  "# a comment",
  "",
  "replicaCount: 3",
  "env:\n  TAG: sha-a1b2c3d",
  "list:\n  - a: 1\n    b: 'x'",
  "a: &x 1\nb: *x",
);

/** Values files in many shapes: comments, blank lines, quotes, order of keys, indentation, line ends, with and without a digest. */
export const valuesFiles = fc
  .record({
    before: fc.uniqueArray(others, { maxLength: 3 }),
    after: fc.array(fc.constantFrom("", "# the end", "probes:\n  path: /tag"), { maxLength: 1 }),
    keys: fc.shuffledSubarray(["repository", "tag", "digest", "pull"], { minLength: 1 }),
    tag: tags,
    quote: quotes,
    comment: comments,
    indent: fc.constantFrom("  ", "    "),
    lineEnd: fc.constantFrom("\n", "\r\n"),
    final: fc.boolean(),
  })
  .map(({ before, after, keys, tag, quote, comment, indent, lineEnd, final }) => {
    const values: Record<string, string> = {
      repository: "ghcr.io/vaarak/api",
      tag: `${quote}${tag}${quote}${comment}`,
      digest: `${quote}${DIGEST}${quote}`,
      pull: "always # often",
    };
    const wanted = keys.includes("tag") ? keys : [...keys, "tag"];
    const image = ["image:", ...wanted.map((key) => `${indent}${key}: ${values[key] ?? ""}`)];
    const body = [...before, ...image, ...after].join("\n").replaceAll("\n", lineEnd);
    return final ? body + lineEnd : body;
  });
