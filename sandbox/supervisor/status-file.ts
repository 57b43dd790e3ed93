import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { EnvironmentName } from "../paths";
import type { ProcessStatus } from "./process-spec";

/** What the daemon writes to `.sandbox/supervisor.json` whenever it changes. */
export interface DaemonStatus {
  /** The daemon's own. */
  pid: number;
  /** Tells the daemon from a later process with its pid. */
  identity: string;
  /** `running`: every cluster is ready and the Git host answers; `failed`: it gave up, see `error`. */
  state: "starting" | "running" | "stopping" | "failed";
  /** Why it failed. */
  error?: string;
  /** What is still missing for `running`, in words. */
  waitingFor: string[];
  /** The environments that it runs. */
  environments: EnvironmentName[];
  processes: ProcessStatus[];
}

/** Reads the file; undefined where there is none, or none that can be read. */
export function readStatus(file: string): DaemonStatus | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DaemonStatus;
  } catch {
    return undefined;
  }
}

/** Writes the file whole, at once: a daemon that is killed the next moment leaves the pids of its processes. */
export function writeStatus(file: string, status: DaemonStatus): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
