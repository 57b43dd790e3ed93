import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Identifies a process beyond its pid, which can be reused: by its start time. Undefined if no process has the pid, or
 * only a zombie.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === "linux" ? linuxIdentity(pid) : posixIdentity(pid);
}

function linuxIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // proc(5): the name, in parentheses, can contain anything. After it come the state (field 3) … and the start time
    // (22).
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const start = fields[19];
    if (fields[0] === "Z" || start === undefined) return undefined;
    return `${bootId()} ${start}`;
  } catch {
    return undefined;
  }
}

/** Start times count from the boot. */
function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function posixIdentity(pid: number): string | undefined {
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    return started === "" ? undefined : started;
  } catch {
    return undefined;
  }
}

/** Whether the process is still the recorded one. */
export function isAlive(recorded: { pid?: number | undefined; identity?: string | undefined }): boolean {
  const { pid, identity } = recorded;
  return pid !== undefined && identity !== undefined && processIdentity(pid) === identity;
}
