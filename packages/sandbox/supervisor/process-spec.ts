/** A process that the supervisor keeps running. Two specs with equal fields describe the same process. */
export interface ProcessSpec {
  /** Unique, also the name of the log file: `<environment>-<program>`, or `<program>` if all environments share it. */
  name: string;
  /** Absolute path of the program, or a name on the PATH of `env`. */
  command: string;
  args: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  /** Working directory. Default: the supervisor's own. */
  cwd?: string;
  /** The main port that it listens on at 127.0.0.1. Only shown in the status. */
  port?: number;
  /** `stop()` ends processes with a higher number first, and those with the same number together. Default 100. */
  stopOrder?: number;
}

/** `starting`: not spawned yet; `waiting`: ended, restarts after the back-off; `stopping`: asked to end. */
export type ProcessState = "starting" | "running" | "waiting" | "stopping";

/** The status of one process. */
export interface ProcessStatus {
  name: string;
  state: ProcessState;
  /** Unset while there is no process. */
  pid?: number;
  port?: number;
  /** How often it was restarted because it ended by itself. Restarts because of a changed spec do not count. */
  restarts: number;
  /** When and how it last ended by itself: an exit code, a signal, or why it could not be started. */
  lastExit?: string;
  /** Distinguishes this process from a later one with the same pid (see process-identity.ts). */
  identity?: string;
}
