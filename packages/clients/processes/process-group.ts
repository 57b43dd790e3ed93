import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./process-identity";

/** Signals every process of a group. Does nothing if the group has no process left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A process of an earlier daemon, as recorded in its status file. Each leads a process group of its own. */
export interface RecordedProcess {
  name: string;
  pid?: number;
  identity?: string;
}

/**
 * Ends processes that are not children of this one: SIGTERM, then SIGKILL. Skips a process that has ended and whose pid
 * another program has now.
 * @param graceMilliseconds the time between the two signals
 * @returns the names of the processes that were still running
 */
export async function stopRecorded(processes: RecordedProcess[], graceMilliseconds = 3000): Promise<string[]> {
  const alive = processes.filter(isAlive);
  const signal = (name: NodeJS.Signals) => {
    for (const process of alive.filter(isAlive)) if (process.pid !== undefined) signalGroup(process.pid, name);
  };
  signal("SIGTERM");
  const deadline = Date.now() + graceMilliseconds;
  while (alive.some(isAlive) && Date.now() < deadline) await sleep(50);
  signal("SIGKILL");
  while (alive.some(isAlive)) await sleep(20);
  return alive.map(({ name }) => name);
}
