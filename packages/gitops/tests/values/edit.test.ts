import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { restoreImage, setImage } from "../../values/edit";
import { readImage } from "@gitops-platform/contract/values/image";
import { DIGEST, digests, sourceOf, tags, valuesFiles, withVersion, write, type WrittenValues } from "./arbitraries";

const set = (text: string, tag: string, digest?: string) => setImage(text, { tag, digest }, "api.yaml");

describe("a new tag in a values file", () => {
  const cases: [name: string, before: string, tag: string, after: string][] = [
    ["in double quotes", 'image:\n  tag: "old" # CI\n', "new", 'image:\n  tag: "new" # CI\n'],
    ["in single quotes", "image:\n  tag: 'old'\n", "new", "image:\n  tag: 'new'\n"],
    ["without quotes", "image:\n  tag: old\n", "new", "image:\n  tag: new\n"],
    ["quoted where it reads as a number", "image:\n  tag: old\n", "1234567", 'image:\n  tag: "1234567"\n'],
    ["quoted where it reads as a power of ten", "image:\n  tag: old\n", "12345e7", 'image:\n  tag: "12345e7"\n'],
    ["quoted where it reads as a date", "image:\n  tag: old\n", "2024-01-15", 'image:\n  tag: "2024-01-15"\n'],
    ["quoted where it reads as a fraction", "image:\n  tag: old\n", "1.10", 'image:\n  tag: "1.10"\n'],
    ["quoted where it reads as another power", "image:\n  tag: old\n", "1e5", 'image:\n  tag: "1e5"\n'],
    ["quoted in place of a number", "image:\n  tag: 48212\n", "48213", 'image:\n  tag: "48213"\n'],
    ["quoted where YAML 1.1 reads a truth value", "image:\n  tag: old\n", "yes", 'image:\n  tag: "yes"\n'],
    ["in place of a number", "image:\n  tag: 1234567\n", "new", "image:\n  tag: new\n"],
    ["with CRLF", 'image:\r\n  tag: "old"\r\nb: 1\r\n', "new", 'image:\r\n  tag: "new"\r\nb: 1\r\n'],
    ["without a final line end", "image:\n  tag: old", "new", "image:\n  tag: new"],
    ["in braces", "image: { repository: r, tag: old } # x\n", "new", "image: { repository: r, tag: new } # x\n"],
    ["in braces over lines", "image: {\n  tag: old, # x\n}\n", "new", "image: {\n  tag: new, # x\n}\n"],
  ];
  for (const [name, before, tag, after] of cases) {
    it(`comes ${name}`, () => {
      assert.equal(set(before, tag), after);
    });
  }
});

describe("a digest in a values file", () => {
  const image = 'image:\n  repository: r\n  tag: "old" # CI\n';
  const cases: [name: string, before: string, digest: string | undefined, after: string][] = [
    ["comes on a line behind the tag", `${image}b: 1\n`, DIGEST, `${image}  digest: "${DIGEST}"\nb: 1\n`],
    ["comes at the end without a line end", image.trim(), DIGEST, `${image}  digest: "${DIGEST}"`],
    ["comes with CRLF", "image:\r\n  tag: old", DIGEST, `image:\r\n  tag: old\r\n  digest: ${DIGEST}`],
    ["comes into braces", "image: {tag: old}\n", DIGEST, `image: {tag: old, digest: ${DIGEST}}\n`],
    [
      "changes in its place",
      `image:\n  digest: 'x' # y\n  tag: old\n`,
      DIGEST,
      `image:\n  digest: '${DIGEST}' # y\n  tag: old\n`,
    ],
    ["goes with its line", `${image}  digest: x # y\n\nb: 1\n`, undefined, `${image}\nb: 1\n`],
    ["goes from the end", `${image}  digest: x`, undefined, image.trimEnd()],
    ["goes from an end with CRLF", "image:\r\n  tag: old\r\n  digest: x", undefined, "image:\r\n  tag: old"],
    ["goes out of braces", "image: {tag: old, digest: x}\n", undefined, "image: {tag: old}\n"],
    ["goes from the beginning of braces", "image: {digest: x, tag: old}\n", undefined, "image: {tag: old}\n"],
  ];
  for (const [name, before, digest, after] of cases) {
    it(name, () => {
      assert.equal(set(before, "old", digest), after);
    });
  }
});

describe("any values file and any version", () => {
  it("differ in the bytes of the version alone after the edit", () => {
    fc.assert(
      fc.property(valuesFiles, tags, digests, (values, tag, digest) => {
        const text = write(values);
        const edited = set(text, tag, digest);
        const expected = parse(text) as { image: Record<string, unknown> };
        // A number in place of text that stays the same stays as it is written.
        if (readImage(text, "api.yaml").tag !== tag) expected.image.tag = tag;
        if (digest === undefined) delete expected.image.digest;
        else expected.image.digest = digest;
        assert.deepEqual(parse(edited), expected);
        assert.ok(inAnyQuotes(values, tag, digest).map(write).includes(edited), edited);
      }),
      { numRuns: 1000 },
    );
  });

  it("come back byte by byte when a promotion is rolled back", () => {
    fc.assert(
      fc.property(valuesFiles, tags, digests, (values, tag, digest) => {
        const text = write(values);
        assert.equal(restoreImage(set(text, tag, digest), text, "api.yaml"), text);
      }),
      { numRuns: 500 },
    );
  });

  it("come back with their quotes, and keep what else changed between promotion and rollback", () => {
    fc.assert(
      fc.property(valuesFiles, tags, digests, (values, tag, digest) => {
        const promoted = inAnyQuotes(values, tag, digest).find((one) => write(one) === set(write(values), tag, digest));
        assert.ok(promoted);
        const edited = { ...promoted, before: ["# meanwhile", "other: 1", ...promoted.before], final: !promoted.final };
        const back = withVersion(edited, sourceOf(values, "tag") ?? "", sourceOf(values, "digest"));
        assert.equal(restoreImage(write(edited), write(values), "api.yaml"), write(back));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("an earlier version put back", () => {
  it("leaves what else changed meanwhile", () => {
    const now = "# new\nimage:\n  tag: 'b'\n  pull: 1\n";
    assert.equal(restoreImage(now, "image:\n  tag: a\n", "api.yaml"), "# new\nimage:\n  tag: a\n  pull: 1\n");
  });
});

/**
 * The file with a version in the quotes that the present one has; without any, or in double ones, where it has none.
 */
function inAnyQuotes(values: WrittenValues, tag: string, digest: string | undefined): WrittenValues[] {
  const before = readImage(write(values), "api.yaml");
  const tagSource = sourceOf(values, "tag") ?? "";
  const tagSources = before.tag === tag ? [tagSource] : like(tagSource, tag);
  const digestSource = sourceOf(values, "digest");
  const digestSources =
    digest === undefined
      ? [undefined]
      : digest === before.digest
        ? [digestSource]
        : like(digestSource ?? tagSource, digest);
  return tagSources.flatMap((one) => digestSources.map((other) => withVersion(values, one, other)));
}

function like(source: string, value: string): string[] {
  const [quote = ""] = /^['"]/.exec(source) ?? [];
  return quote === "" ? [value, `"${value}"`] : [`${quote}${value}${quote}`];
}
