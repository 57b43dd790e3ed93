/** `npm stop`. Runs last. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { rememberedPorts, requireFreePorts } from "@gitops-platform/sandbox/ports";
import { isAlive } from "@gitops-platform/clients/processes/process-identity";
import { readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { npm, paths } from "./support/platform";

describe("npm stop", () => {
  it("leaves no process running and no port in use", async () => {
    const daemon = readStatus(paths.supervisor) ?? assert.fail("the sandbox is not running");
    const started = [{ ...daemon, name: "supervisor" }, ...daemon.processes];
    assert.deepEqual(
      started.filter((each) => !isAlive(each)).map(({ name }) => name),
      [],
    );
    await npm("stop");
    assert.deepEqual(
      started.filter(isAlive).map(({ name }) => name),
      [],
    );
    assert.ok(!existsSync(paths.supervisor));
    await requireFreePorts(await rememberedPorts(paths), paths.ports);
  });
});
