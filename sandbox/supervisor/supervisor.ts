import type { ProcessSpec, ProcessStatus } from "./process-spec";

/** Options of a {@link Supervisor}. */
export interface SupervisorOptions {
  /** Folder of the log files, `<name>.log` each. */
  logs: string;
  /** Called after every change of a process's state. */
  onChange?: () => void;
}

/** Keeps processes running: starts them, starts them again when they end, and restarts them when their spec changes. */
export class Supervisor {
  constructor(readonly options: SupervisorOptions) {}

  /** Starts a process; restarts it when its spec changed; does nothing when it is the same. */
  set(spec: ProcessSpec): void {
    throw new Error(`${spec.name}: not written yet`);
  }

  /** Ends a process and forgets it. Does nothing for a name that is not known. */
  remove(name: string): Promise<void> {
    return Promise.reject(new Error(`${name}: not written yet`));
  }

  /** Ends all processes, those with the highest `stopOrder` first. */
  stop(): Promise<void> {
    return Promise.reject(new Error("not written yet"));
  }

  /** All processes, in the order in which they were set. */
  status(): ProcessStatus[] {
    return [];
  }
}
