/** The sandbox cannot be reached from other machines, and a second start changes nothing. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type DaemonStatus, readStatus } from "@gitops-platform/sandbox/supervisor/status-file";
import { npm, paths } from "./support/platform";

/** `127.0.0.1`, `::1` and `::ffff:127.0.0.1` as the kernel writes them (proc_pid_net(5)). */
const LOOPBACK = ["0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"];

interface Listener {
  process: string;
  address: string;
  port: number;
}

function daemon(): DaemonStatus {
  return readStatus(paths.supervisor) ?? assert.fail("the sandbox is not running");
}

/** Listening TCP sockets by inode, from the kernel's tables. */
function listeningSockets(): Map<string, { address: string; port: number }> {
  const rows = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((table) =>
    readFileSync(table, "utf8").trim().split("\n").slice(1),
  );
  const listening = rows.map((row) => row.trim().split(/\s+/)).filter(([, , , state]) => state === "0A");
  return new Map(
    listening.map((fields) => {
      const [address = "", port = ""] = (fields[1] ?? "").split(":");
      return [`socket:[${fields[9] ?? ""}]`, { address, port: Number.parseInt(port, 16) }];
    }),
  );
}

/** The files and sockets that a process has open, as links such as `socket:[4711]`. Closed ones are left out. */
function openFiles(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
}

function listeners(): Listener[] {
  const { pid, processes } = daemon();
  const sockets = listeningSockets();
  return [{ name: "supervisor", pid }, ...processes].flatMap(({ name, pid: of }) =>
    openFiles(of ?? assert.fail(`${name} is not running`)).flatMap((file) => {
      const socket = sockets.get(file);
      return socket === undefined ? [] : [{ process: name, ...socket }];
    }),
  );
}

describe("the sandbox", () => {
  it("listens on loopback addresses only", function () {
    if (process.platform !== "linux") this.skip();
    const found = listeners();
    assert.ok(found.length > 20, `only ${found.length} sockets were found`);
    assert.deepEqual(
      found.filter(({ address }) => !LOOPBACK.includes(address)),
      [],
    );
  });

  it("is not changed by a second npm start", async () => {
    const pids = () => [daemon().pid, ...daemon().processes.map(({ name, pid }) => `${name} ${pid ?? "none"}`)];
    const before = pids();
    await npm("start");
    assert.deepEqual(pids(), before);
  });
});
