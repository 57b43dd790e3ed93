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
    ["with quotes if it looks like a number", "image:\n  tag: old\n", "1234567", 'image:\n  tag: "1234567"\n'],
    ["with quotes if it looks like a power of ten", "image:\n  tag: old\n", "12345e7", 'image:\n  tag: "12345e7"\n'],
    ["with quotes if it looks like a date", "image:\n  tag: old\n", "2024-01-15", 'image:\n  tag: "2024-01-15"\n'],
    ["with quotes if it looks like a fraction", "image:\n  tag: old\n", "1.10", 'image:\n  tag: "1.10"\n'],
    ["with quotes if it looks like another power of ten", "image:\n  tag: old\n", "1e5", 'image:\n  tag: "1e5"\n'],
    ["with quotes if it replaces a number", "image:\n  tag: 48212\n", "48213", 'image:\n  tag: "48213"\n'],
    ["with quotes if YAML 1.1 reads it as a boolean", "image:\n  tag: old\n", "yes", 'image:\n  tag: "yes"\n'],
    ["without quotes if it replaces a number by text", "image:\n  tag: 1234567\n", "new", "image:\n  tag: new\n"],
    ["with CRLF", 'image:\r\n  tag: "old"\r\nb: 1\r\n', "new", 'image:\r\n  tag: "new"\r\nb: 1\r\n'],
    ["without a final line end", "image:\n  tag: old", "new", "image:\n  tag: new"],
    ["in braces", "image: { repository: r, tag: old } # x\n", "new", "image: { repository: r, tag: new } # x\n"],
    ["in braces over several lines", "image: {\n  tag: old, # x\n}\n", "new", "image: {\n  tag: new, # x\n}\n"],
  ];
  for (const [name, before, tag, after] of cases) {
    it(`is written ${name}`, () => {
      assert.equal(set(before, tag), after);
    });
  }
});

describe("a digest in a values file", () => {
  const image = 'image:\n  repository: r\n  tag: "old" # CI\n';
  const cases: [name: string, before: string, digest: string | undefined, after: string][] = [
    ["is added on a line after the tag", `${image}b: 1\n`, DIGEST, `${image}  digest: "${DIGEST}"\nb: 1\n`],
    ["is added at the end without a line end", image.trim(), DIGEST, `${image}  digest: "${DIGEST}"`],
    ["is added with CRLF", "image:\r\n  tag: old", DIGEST, `image:\r\n  tag: old\r\n  digest: ${DIGEST}`],
    ["is added in braces", "image: {tag: old}\n", DIGEST, `image: {tag: old, digest: ${DIGEST}}\n`],
    [
      "changes in its place",
      `image:\n  digest: 'x' # y\n  tag: old\n`,
      DIGEST,
      `image:\n  digest: '${DIGEST}' # y\n  tag: old\n`,
    ],
    ["is removed with its line", `${image}  digest: x # y\n\nb: 1\n`, undefined, `${image}\nb: 1\n`],
    ["is removed at the end", `${image}  digest: x`, undefined, image.trimEnd()],
    ["is removed at an end with CRLF", "image:\r\n  tag: old\r\n  digest: x", undefined, "image:\r\n  tag: old"],
    ["is removed in braces", "image: {tag: old, digest: x}\n", undefined, "image: {tag: old}\n"],
    ["is removed at the beginning of braces", "image: {digest: x, tag: old}\n", undefined, "image: {tag: old}\n"],
  ];
  for (const [name, before, digest, after] of cases) {
    it(name, () => {
      assert.equal(set(before, "old", digest), after);
    });
  }
});

describe("any values file and any version", () => {
  it("differ only in the bytes of the version after the edit", () => {
    fc.assert(
      fc.property(valuesFiles, tags, digests, (values, tag, digest) => {
        const text = write(values);
        const edited = set(text, tag, digest);
        const expected = parse(text) as { image: Record<string, unknown> };
        // A tag that is written as a number, and stays the same, is not rewritten.
        if (readImage(text, "api.yaml").tag !== tag) expected.image.tag = tag;
        if (digest === undefined) delete expected.image.digest;
        else expected.image.digest = digest;
        assert.deepEqual(parse(edited), expected);
        assert.ok(inAnyQuotes(values, tag, digest).map(write).includes(edited), edited);
      }),
      { numRuns: 1000 },
    );
  });

  it("are the same byte for byte after a promotion is rolled back", () => {
    fc.assert(
      fc.property(valuesFiles, tags, digests, (values, tag, digest) => {
        const text = write(values);
        assert.equal(restoreImage(set(text, tag, digest), text, "api.yaml"), text);
      }),
      { numRuns: 500 },
    );
  });

  it("have their version and quotes back after a rollback, and keep later changes", () => {
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

describe("the restoration of an earlier version", () => {
  it("keeps other changes made since", () => {
    const now = "# new\nimage:\n  tag: 'b'\n  pull: 1\n";
    assert.equal(restoreImage(now, "image:\n  tag: a\n", "api.yaml"), "# new\nimage:\n  tag: a\n  pull: 1\n");
  });
});

/**
 * The file with a version in the quotes of the present version; without quotes, or in double ones, if that has none.
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
