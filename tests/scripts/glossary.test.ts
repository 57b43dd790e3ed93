import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

describe("docs/glossary.md", () => {
  const entries = readFileSync(join(root, "docs/glossary.md"), "utf8").split("\n- ").slice(1);
  const terms = entries.map((entry) => /^\*\*(.+)\*\*: /.exec(entry)?.[1] ?? "");

  it("has each term once, in alphabetical order", () => {
    assert.ok(terms.length > 40);
    const sorted = [...new Set(terms)].sort((one, other) => one.localeCompare(other, "en"));
    assert.deepEqual(terms, sorted);
  });

  it("refers to files that exist, and to names that those files contain", () => {
    for (const [index, entry] of entries.entries()) {
      const [, code = ""] = entry.replaceAll("\n", " ").split("Code: ");
      for (const [, name, path = ""] of code.matchAll(/(?:`([^`]+)`\s+in\s+)?`([\w.-]+\/[\w./-]*)`/g)) {
        const file = join(root, path);
        assert.ok(existsSync(file), `${terms[index] ?? ""}: ${path}`);
        if (name !== undefined) assert.ok(readFileSync(file, "utf8").includes(name), `${terms[index] ?? ""}: ${name}`);
      }
    }
  });
});
