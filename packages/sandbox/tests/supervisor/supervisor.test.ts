import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rotateLog } from "../../supervisor/log-file";
import { isAlive } from "@gitops-platform/clients/processes/process-identity";
import type { ProcessSpec, ProcessStatus } from "../../supervisor/process-spec";
import { Supervisor } from "../../supervisor/supervisor";
import { until } from "@gitops-platform/clients/until";

/** Uses real processes and no fixed waits. This does not prove how long the pauses between restarts are. */
describe("Supervisor", () => {
  let logs: string;
  let supervisor: Supervisor;

  beforeEach(() => {
    logs = mkdtempSync(join(tmpdir(), "supervisor-"));
    supervisor = new Supervisor({ logs, timing: { firstBackoff: 10, lastBackoff: 40, grace: 300 } });
  });

  afterEach(async () => {
    await supervisor.stop();
    rmSync(logs, { recursive: true });
  });

  const idle = "setInterval(() => {}, 1000)";
  const script = (name: string, code: string, more: Partial<ProcessSpec> = {}): ProcessSpec => ({
    name,
    command: process.execPath,
    args: ["-e", code],
    env: {},
    ...more,
  });
  const status = (name: string): ProcessStatus => {
    const found = supervisor.status().find((process) => process.name === name);
    assert.ok(found, `no process ${name}`);
    return found;
  };
  const reach = async (state: string, name: string, isReached: (status: ProcessStatus) => boolean) =>
    until<ProcessStatus>(
      state,
      () => {
        const seen = status(name);
        return Promise.resolve(isReached(seen) ? { done: seen } : { waitingFor: JSON.stringify(seen) });
      },
      { everyMilliseconds: 10, timeoutSeconds: 20 },
    );
  const logged = async (name: string, text: string) =>
    until<string>(
      `"${text}" in the log`,
      () => {
        const file = join(logs, `${name}.log`);
        const log = existsSync(file) ? readFileSync(file, "utf8") : "";
        return Promise.resolve(log.includes(text) ? { done: log } : { waitingFor: log });
      },
      { everyMilliseconds: 10, timeoutSeconds: 20 },
    );

  it("starts a process with exactly its environment, and logs both outputs", async () => {
    const code = `console.log(JSON.stringify(process.env)); console.error("to stderr"); ${idle}`;
    supervisor.set(script("a", code, { env: { ONLY: "this" }, port: 1234 }));
    const log = await logged("a", "to stderr");
    assert.deepEqual(JSON.parse(log.split("\n")[0] ?? ""), { ONLY: "this" });
    assert.equal(status("a").state, "running");
    assert.equal(status("a").port, 1234);
    assert.equal(status("a").restarts, 0);
    assert.ok(isAlive(status("a")));
  });

  it("restarts a process that was killed", async () => {
    supervisor.set(script("a", idle));
    const first = status("a");
    process.kill(first.pid ?? 0, "SIGKILL");
    const second = await reach("a restart", "a", ({ restarts, state }) => restarts === 1 && state === "running");
    assert.notEqual(second.pid, first.pid);
    assert.match(second.lastExit ?? "", /^SIGKILL, /);
    assert.ok(!isAlive(first));
  });

  it("restarts a process each time it ends", async () => {
    supervisor.set(script("a", "process.exit(3)"));
    const seen = await reach("three restarts", "a", ({ restarts }) => restarts >= 3);
    assert.match(seen.lastExit ?? "", /^exit code 3, /);
  });

  it("reports why a program cannot be started, and retries", async () => {
    supervisor.set({ name: "a", command: "/nowhere/program", args: [], env: {} });
    const seen = await reach("two tries", "a", ({ restarts }) => restarts >= 2);
    assert.match(seen.lastExit ?? "", /ENOENT/);
    supervisor.set(script("a", idle));
    await reach("the corrected program", "a", ({ state }) => state === "running");
  });

  it("restarts a process if its spec changed, but not for the same spec", async () => {
    supervisor.set(script("a", idle, { env: { A: "1" } }));
    const first = status("a");
    supervisor.set(script("a", idle, { env: { A: "1" } }));
    assert.deepEqual(status("a"), first);
    supervisor.set(script("a", idle, { env: { A: "2" } }));
    assert.equal(status("a").state, "stopping");
    const second = await reach("the new one", "a", ({ pid, state }) => state === "running" && pid !== first.pid);
    assert.ok(!isAlive(first));
    assert.equal(second.restarts, 0);
  });

  it("starts only the last of several changed specs, once", async () => {
    supervisor.set(script("a", `console.log("one"); ${idle}`));
    await logged("a", "one");
    supervisor.set(script("a", `console.log("two"); ${idle}`));
    supervisor.set(script("a", `console.log("three"); ${idle}`));
    assert.equal(await logged("a", "three"), "one\nthree\n");
  });

  it("kills a process that ignores SIGTERM", async () => {
    supervisor.set(script("a", `process.on("SIGTERM", () => {}); console.log("deaf"); ${idle}`));
    await logged("a", "deaf");
    const seen = status("a");
    await supervisor.remove("a");
    assert.ok(!isAlive(seen));
    assert.deepEqual(supervisor.status(), []);
  });

  it("ends the child processes of a process too", async () => {
    const child = `require("child_process").spawn(process.execPath, ["-e", "${idle}"])`;
    supervisor.set(script("a", `console.log("child " + ${child}.pid + "."); ${idle}`));
    const pid = Number(/child (\d+)\./.exec(await logged("a", "."))?.[1]);
    assert.doesNotThrow(() => process.kill(pid, 0));
    await supervisor.stop();
    await until("the grandchild's end", () => Promise.resolve(isGone(pid) ? { done: true } : { waitingFor: "it" }));
  });

  it("starts a process that is set while it is being removed", async () => {
    supervisor.set(script("a", idle));
    const first = status("a");
    const removed = supervisor.remove("a");
    supervisor.set(script("a", `console.log("again"); ${idle}`));
    await removed;
    await logged("a", "again");
    assert.notEqual(status("a").pid, first.pid);
  });

  it("stops all processes in the requested order, and starts none afterwards", async () => {
    const farewell = (name: string, stopOrder?: number) => {
      const code = `process.on("SIGTERM", () => { fs.appendFileSync("order", "${name} "); process.exit(); })`;
      const more = { cwd: logs, ...(stopOrder !== undefined && { stopOrder }) };
      supervisor.set(script(name, `const fs = require("fs"); ${code}; console.log("up"); ${idle}`, more));
    };
    farewell("etcd", 0);
    farewell("controller");
    farewell("api-server", 10);
    const all = ["etcd", "controller", "api-server"];
    await Promise.all(all.map((name) => logged(name, "up")));
    const seen = all.map(status);
    await supervisor.stop();
    assert.equal(readFileSync(join(logs, "order"), "utf8"), "controller api-server etcd ");
    assert.deepEqual(seen.filter(isAlive), []);
    supervisor.set(script("late", idle));
    assert.deepEqual(supervisor.status(), []);
  });

  it("stops a process that is waiting to restart", async () => {
    supervisor.set(script("a", "process.exit(1)"));
    await reach("a pause", "a", ({ state }) => state === "waiting");
    await supervisor.remove("a");
    assert.deepEqual(supervisor.status(), []);
  });

  it("rotates a log that is too long, and keeps one older log", () => {
    const file = join(logs, "a.log");
    writeFileSync(file, "0123456789");
    rotateLog(logs, "a", 10);
    assert.equal(readFileSync(file, "utf8"), "0123456789");
    rotateLog(logs, "a", 9);
    assert.equal(readFileSync(file, "utf8"), "");
    assert.equal(readFileSync(join(logs, "a.1.log"), "utf8"), "0123456789");
  });
});

/** The process does not exist, or is a zombie. */
function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform === "linux" && /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return true;
  }
}
