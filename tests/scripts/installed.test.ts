import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(__dirname, "../..");

describe("a checkout without installed packages", () => {
  const folder = mkdtempSync(join(tmpdir(), "gitops-checkout-"));
  before(() => {
    for (const path of ["scripts", "packages/gitops/bin", "supported.json"]) {
      cpSync(join(root, path), join(folder, path), { recursive: true });
    }
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  for (const args of [
    ["-r", "./scripts/register.js", "packages/sandbox/start.ts"],
    ["packages/gitops/bin/gitops.js", "status"],
  ]) {
    it(`reports in one line what is missing: node ${args.join(" ")}`, () => {
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
      assert.equal(stderr, "node_modules: got nothing; expected the packages of package-lock.json. Run npm ci.\n");
      assert.equal(status, 1);
    });
  }
});
