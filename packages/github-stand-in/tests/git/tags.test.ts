import assert from "node:assert/strict";
import { parseTag } from "../../git/tags";

const SHA = "a".repeat(40);
const HEADER = `object ${"b".repeat(40)}\ntype commit\ntag release/prod/0123456789ab\n`;
const TAGGER = "tagger Ada L <ada@example.com> 1767225600 +0200\n";
const SIGNATURE = "-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n";

describe("GitHub stand-in: the content of a tag", () => {
  it("reads a tag without a signature", () => {
    assert.deepEqual(parseTag(SHA, `${HEADER}${TAGGER}\nSubject\n\nEnvironment: prod\n`), {
      sha: SHA,
      name: "release/prod/0123456789ab",
      object: { sha: "b".repeat(40), type: "commit" },
      tagger: { name: "Ada L", email: "ada@example.com", date: "2026-01-01T00:00:00.000Z" },
      message: "Subject\n\nEnvironment: prod\n",
      signed: null,
    });
  });

  it("separates the signature from the message, and does not parse the message as a header", () => {
    const payload = `${HEADER}${TAGGER}\nSubject\n\ntag other\ntype tree\n`;
    const tag = parseTag(SHA, `${payload}${SIGNATURE}`);
    assert.deepEqual([tag.name, tag.object.type], ["release/prod/0123456789ab", "commit"]);
    assert.equal(tag.message, "Subject\n\ntag other\ntype tree\n");
    assert.deepEqual(tag.signed, { signature: SIGNATURE, payload });
  });

  it("reads an old tag without a tagger", () => {
    assert.deepEqual(parseTag(SHA, `${HEADER}\nOld\n`).tagger, {
      name: "",
      email: "",
      date: "1970-01-01T00:00:00.000Z",
    });
  });
});
