/** A process that the supervisor keeps running. Two specs that are equal in every field are the same process. */
export interface ProcessSpec {
  /**
   * Unique, also the name of the log file: `<environment>-<program>`, or `<program>` where all environments share it.
   */
  name: string;
  /** Absolute path of the program, or a name on the PATH of `env`. */
  command: string;
  args: string[];
  /** The whole environment: nothing is inherited. */
  env: Record<string, string>;
  /** Working directory. Unset: the supervisor's own. */
  cwd?: string;
  /** The main port that it listens on at 127.0.0.1: shown in the status, not used otherwise. */
  port?: number;
  /** `stop()` ends processes with a higher number first, and those with the same number together. Default 100. */
  stopOrder?: number;
}

/**
 * `starting`: asked for, no process yet; `waiting`: ended, starts again after the back-off; `stopping`: told to end.
 */
export type ProcessState = "starting" | "running" | "waiting" | "stopping";

/** What the supervisor knows about one process. */
export interface ProcessStatus {
  name: string;
  state: ProcessState;
  /** Unset while there is no process. */
  pid?: number;
  port?: number;
  /** How often it was started again because it ended by itself. A changed spec does not count. */
  restarts: number;
  /** When and how it last ended by itself: an exit code, a signal, or why it could not be started. */
  lastExit?: string;
  /** Tells this process from a later one with the same pid (see process-identity.ts). */
  identity?: string;
}
