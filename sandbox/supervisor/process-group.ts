import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./process-identity";

/** Signals every process of a group. Does nothing where there is none left. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** A process of an earlier daemon, as its status file recorded it: each leads a group of its own. */
export interface RecordedProcess {
  name: string;
  pid?: number;
  identity?: string;
}

/**
 * Ends processes that are not children of this one: SIGTERM, then SIGKILL. One that ended long ago, and whose pid
 * another program has now, is left alone.
 * @param graceMilliseconds how long they have between the two
 * @returns the names of those that were still there
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
