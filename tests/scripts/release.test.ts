import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bundle } from "@gitops-platform/gitops/bundle";
import { name, version } from "../../package.json";
import { changelogSection, writeRelease } from "../../scripts/release";

const root = resolve(__dirname, "../..");
const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");

describe("a release", function () {
  this.timeout(180_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("has a section in the changelog, below the unreleased changes", () => {
    const headings = [...changelog.matchAll(/^## (.*)$/gm)].map(([, heading = ""]) => heading);
    assert.equal(headings[0], "[Unreleased]");
    assert.match(headings[1] ?? "", new RegExp(`^\\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d{2}-\\d{2}$`));
    for (const heading of headings.slice(1)) assert.match(heading, /^\[\d+\.\d+\.\d+\] - \d{4}-\d{2}-\d{2}$/);
    assert.equal(new Set(headings).size, headings.length);
    const kinds = [...changelog.matchAll(/^### (.*)$/gm)].map(([, kind]) => kind);
    const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];
    assert.deepEqual(
      kinds.filter((kind) => !known.includes(kind ?? "")),
      [],
    );
  });

  it("has its section of the changelog as release notes", () => {
    const text =
      "# Changelog\n\n## [Unreleased]\n\n- c\n\n## [0.2.0] - 2026-01-02\n\n### Added\n\n- b\n\n## [0.1.0] - x\n";
    assert.equal(changelogSection(text, "0.2.0"), "### Added\n\n- b");
    for (const none of ["0.1.0", "0.2", "0.3.0", "Unreleased"]) assert.equal(changelogSection(text, none), undefined);
  });

  it("is refused for a tag of another version", async () => {
    for (const tag of [version, `v${version}-rc.1`, "v", ""]) {
      await assert.rejects(writeRelease(tag, join(folder, "refused")), /^Error: tag: got .*; expected v/);
    }
  });

  it("has identical files each time, with their checksums", async () => {
    const [first, again] = [join(folder, "first"), join(folder, "again")];
    await writeRelease(`v${version}`, first);
    await writeRelease(`v${version}`, again);
    const packed = `${name}-${version}.tgz`;
    assert.deepEqual(readdirSync(first).sort(), ["SHA256SUMS", packed, "gitops.mjs", "notes.md"].sort());
    for (const file of readdirSync(first)) {
      assert.ok(readFileSync(join(first, file)).equals(readFileSync(join(again, file))), file);
    }
    assert.equal(readFileSync(join(first, "gitops.mjs"), "utf8"), bundle());
    for (const line of readFileSync(join(first, "SHA256SUMS"), "utf8").trim().split("\n")) {
      const [sum, file = ""] = line.split("  ");
      assert.equal(
        createHash("sha256")
          .update(readFileSync(join(first, file)))
          .digest("hex"),
        sum,
      );
    }
  });
});
