import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { daemonStatus, startDaemon, stopDaemon } from "../../supervisor/daemon";
import { stopRecorded } from "@gitops-platform/clients/processes/process-group";
import { isAlive, processIdentity } from "@gitops-platform/clients/processes/process-identity";
import { sandboxPaths, type SandboxPaths } from "../../paths";
import { until } from "@gitops-platform/clients/until";

/** Uses a small daemon in place of the sandbox's. This does not prove what the sandbox's own daemon starts. */
describe("the daemon", () => {
  const program = join(__dirname, "fake-daemon.ts");
  let paths: SandboxPaths;
  const before = process.env.SANDBOX_DIR;

  beforeEach(() => {
    process.env.SANDBOX_DIR = mkdtempSync(join(tmpdir(), "daemon-"));
    paths = sandboxPaths(resolve(__dirname, "../../../.."));
  });

  afterEach(async () => {
    await stopDaemon(paths);
    rmSync(paths.folder, { recursive: true });
    if (before === undefined) delete process.env.SANDBOX_DIR;
    else process.env.SANDBOX_DIR = before;
  });

  it("is started once by two concurrent starts, and found by later ones", async function () {
    this.timeout(20_000);
    const [one, two] = await Promise.all([startDaemon({ paths, program }), startDaemon({ paths, program })]);
    assert.equal(one.pid, two.pid);
    assert.deepEqual(
      one.processes.map(({ name }) => name),
      ["one", "two"],
    );
    assert.equal((await startDaemon({ paths, program })).pid, one.pid);
    assert.equal(daemonStatus(paths)?.pid, one.pid);
  });

  it("stops with all its processes, and a second stop finds nothing", async function () {
    this.timeout(20_000);
    const { pid, identity, processes } = await startDaemon({ paths, program });
    assert.equal(await stopDaemon(paths), true);
    assert.deepEqual([{ pid, identity }, ...processes].filter(isAlive), []);
    assert.equal(daemonStatus(paths), undefined);
    assert.equal(await stopDaemon(paths), false);
  });

  it("ends the processes of a killed daemon when it starts again", async function () {
    this.timeout(20_000);
    const first = await startDaemon({ paths, program });
    process.kill(first.pid, "SIGKILL");
    await until("its end", () => Promise.resolve(isAlive(first) ? { waitingFor: "it" } : { done: true }));
    assert.equal(first.processes.filter(isAlive).length, 2);
    assert.equal(daemonStatus(paths), undefined);
    const second = await startDaemon({ paths, program });
    assert.notEqual(second.pid, first.pid);
    assert.deepEqual(second.waitingFor, ["one", "two"]);
    assert.deepEqual(first.processes.filter(isAlive), []);
    assert.equal(second.processes.filter(isAlive).length, 2);
  });

  it("has its processes ended by a stop after it was killed", async function () {
    this.timeout(20_000);
    const { pid, identity, processes } = await startDaemon({ paths, program });
    process.kill(pid, "SIGKILL");
    await until("its end", () => Promise.resolve(isAlive({ pid, identity }) ? { waitingFor: "it" } : { done: true }));
    assert.equal(await stopDaemon(paths), true);
    assert.deepEqual(processes.filter(isAlive), []);
  });

  it("reports why it failed to start", async function () {
    this.timeout(20_000);
    await assert.rejects(startDaemon({ paths, program, nodes: 0 }), /^Error: nodes: got 0; expected more\.$/);
    assert.equal(daemonStatus(paths), undefined);
  });

  it("does not end another program that now has a recorded process id", async () => {
    const other = { name: "other", pid: process.pid, identity: "another start" };
    assert.equal(isAlive(other), false);
    assert.equal(isAlive({ ...other, identity: processIdentity(process.pid) }), true);
    assert.deepEqual(await stopRecorded([other, { name: "never started" }]), []);
  });
});
