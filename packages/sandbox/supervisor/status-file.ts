import { readFileSync, renameSync, writeFileSync } from "node:fs";
import type { EnvironmentName } from "../paths";
import type { ProcessStatus } from "./process-spec";

/** The content of `.sandbox/supervisor.json`, which the daemon rewrites at every change. */
export interface DaemonStatus {
  /** The daemon's own pid. */
  pid: number;
  /** Distinguishes the daemon from a later process with its pid. */
  identity: string;
  /** `running`: every cluster is ready and the Git host responds; `failed`: see `error`. */
  state: "starting" | "running" | "stopping" | "failed";
  error?: string;
  /** Descriptions of what is still missing for `running`. */
  waitingFor: string[];
  environments: EnvironmentName[];
  processes: ProcessStatus[];
}

/** Reads the file; undefined if it does not exist or cannot be parsed. */
export function readStatus(file: string): DaemonStatus | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as DaemonStatus;
  } catch {
    return undefined;
  }
}

/**
 * Writes the file synchronously and atomically: even if the daemon is killed right after it, the pids of its processes
 * are recorded.
 */
export function writeStatus(file: string, status: DaemonStatus): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(status, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
