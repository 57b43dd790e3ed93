import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isolated } from "@gitops-platform/clients/git/environment";
import { credentialHelper } from "../clone";

describe("the clone's credentials", () => {
  it("are found by Git, whatever the project's path", () => {
    const folder = mkdtempSync(join(tmpdir(), "it's a clone-"));
    try {
      const file = join(folder, "git-credentials");
      writeFileSync(file, "http://developer:t0ken@127.0.0.1:20000\n");
      const helpers = ["-c", "credential.helper=", "-c", `credential.helper=${credentialHelper(file)}`];
      const found = execFileSync("git", [...helpers, "credential", "fill"], {
        input: "protocol=http\nhost=127.0.0.1:20000\n\n",
        env: isolated(),
        encoding: "utf8",
      });
      assert.match(found, /^username=developer\npassword=t0ken$/m);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
