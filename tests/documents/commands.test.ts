/** Every command in every README and guide. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { schemas } from "@gitops-platform/environments/settings/table";
import { blocksOf, documents, mentionsOf, ROOT, settingsOf } from "./blocks";
import { mentionProblems } from "./check-call";
import { Reader } from "./reader";
import { type Entry, type HowTried, TABLE } from "./table";

describe("the commands in the documents", function () {
  this.timeout(120_000);
  const reader = new Reader();
  before(() => reader.start());
  after(() => reader.remove());

  for (const document of documents()) {
    const blocks = blocksOf(document);
    const entries = TABLE[document];
    for (const [index, block] of blocks.entries()) {
      it(`${document}:${block.line} ${block.name}`, async () => {
        const entry = Array.isArray(entries) ? (entries as readonly Entry[])[index] : (entries as HowTried | undefined);
        if (entry === undefined || ("block" in entry && entry.block !== block.name)) {
          assert.fail(
            `${document}:${block.line}: got a block that begins with "${block.name}"; expected an entry for it. ` +
              `Add it to tests/documents/table.ts, as entry ${index + 1} of that document.`,
          );
        }
        assert.deepEqual(await reader.problemsOf(block, entry), []);
      });
    }
  }

  it("have no entry without a block", () => {
    for (const [document, entries] of Object.entries(TABLE)) {
      const blocks = existsSync(join(ROOT, document)) ? blocksOf(document) : [];
      if (Array.isArray(entries)) assert.equal(entries.length, blocks.length, `${document}: entries without a block`);
      else assert.ok(blocks.length > 0, document);
    }
  });

  it("name a test that exists, where they are only read", () => {
    for (const [document, entries] of Object.entries(TABLE)) {
      for (const { tried, really } of Array.isArray(entries) ? (entries as Entry[]) : [entries as Entry]) {
        if (tried === "run") continue;
        const found = really !== undefined && (really.startsWith("nothing: ") || existsSync(join(ROOT, really)));
        assert.ok(found, `${document}: ${really ?? "nothing"}`);
      }
    }
  });

  it("are beside YAML that has only settings that exist", () => {
    const found = documents().flatMap((document) => settingsOf(document).map((key) => ({ document, key })));
    assert.ok(found.length > 50);
    assert.deepEqual(
      found.filter(({ key }) => !Object.hasOwn(schemas, key)),
      [],
    );
  });

  it("that sentences name are commands that exist, with options that they have", () => {
    // The changelog also names what is gone.
    const current = documents().filter((document) => document !== "CHANGELOG.md");
    const mentions = current.flatMap((document) => mentionsOf(document, /^(npx gitops|gitops|npm run|pulumi) [a-z]/));
    assert.ok(mentions.length > 50);
    const problems = mentions.flatMap(({ document, command }) =>
      mentionProblems(command).map((problem) => `${document}: ${command}: ${problem}`),
    );
    assert.deepEqual(problems, []);
  });
});
