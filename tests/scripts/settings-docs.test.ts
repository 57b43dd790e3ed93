import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { settingsDocuments } from "../../scripts/settings-docs";

describe("the documents that are generated from the settings", () => {
  for (const path of ["docs/settings.md", "Pulumi.yaml"]) {
    it(`include an up-to-date ${path}; if not, run npm run docs`, async () => {
      const documents = await settingsDocuments();
      assert.equal(readFileSync(join(__dirname, "../..", path), "utf8"), documents[path]);
    });
  }
});
