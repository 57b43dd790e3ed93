import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { execa } from "execa";

const root = resolve(__dirname, "../../..");

describe("npm run reset", function () {
  this.timeout(20_000);
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "reset-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const reset = () =>
    execa(process.execPath, ["-r", "./scripts/register.js", "packages/sandbox/reset.ts"], {
      cwd: root,
      env: { SANDBOX_DIR: folder },
      reject: false,
    });

  it("deletes a sandbox, and succeeds if there is none", async () => {
    writeFileSync(join(folder, "ports.json"), "{}");
    assert.equal((await reset()).exitCode, 0);
    assert.ok(!existsSync(folder));
    assert.equal((await reset()).exitCode, 0);
  });

  it("does not delete a folder that is not a sandbox", async () => {
    writeFileSync(join(folder, "thesis.txt"), "precious");
    const { exitCode, stderr } = await reset();
    assert.equal(exitCode, 1);
    assert.match(stderr, /^SANDBOX_DIR: got .*, which has no ports\.json; expected a folder that `npm start` created/m);
    assert.ok(existsSync(join(folder, "thesis.txt")));
  });
});
