import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

describe("scripts/register.js", () => {
  it("keeps compiled code in the project, where nobody else may write", () => {
    const env = { ...process.env };
    delete env.NODE_COMPILE_CACHE;
    const args = ["-r", "./scripts/register.js", "-p", "process.env.NODE_COMPILE_CACHE"];
    const cache = execFileSync(process.execPath, args, { cwd: root, env, encoding: "utf8" });
    assert.equal(cache.trimEnd(), join(root, "node_modules", ".cache", "compile"));
  });
});
