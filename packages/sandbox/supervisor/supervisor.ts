import { rotateLog } from "./log-file";
import type { ProcessSpec, ProcessStatus } from "./process-spec";
import { defaultTiming, SupervisedProcess, type Timing } from "./supervised-process";

/** Options of a {@link Supervisor}. */
export interface SupervisorOptions {
  /** Folder of the log files, one `<name>.log` per process, limited in size. */
  logs: string;
  /** Called after every change of a process's state. */
  onChange?: () => void;
  /** Overrides of the default times. */
  timing?: Partial<Timing>;
}

/** How often the sizes of the logs are checked, in milliseconds. */
const logCheck = 60_000;

/** Keeps processes running: starts them, restarts them when they end or when their spec changes. */
export class Supervisor {
  private readonly processes = new Map<string, SupervisedProcess>();
  private readonly timing: Timing;
  private readonly logTimer: NodeJS.Timeout;
  private stopping = false;

  constructor(private readonly options: SupervisorOptions) {
    this.timing = { ...defaultTiming, ...options.timing };
    this.logTimer = setInterval(() => {
      for (const name of this.processes.keys()) rotateLog(options.logs, name);
    }, logCheck).unref();
  }

  /** Starts a process, or restarts it if its spec changed. Does nothing if the spec is the same, or after `stop()`. */
  set(spec: ProcessSpec): void {
    if (this.stopping) return;
    const known = this.processes.get(spec.name);
    if (known?.isStopping === true) {
      void known.stop().then(() => {
        this.set(spec);
      });
      return;
    }
    if (known !== undefined) {
      known.update(spec);
      return;
    }
    this.processes.set(spec.name, new SupervisedProcess(spec, this.options.logs, this.timing, this.changed));
    this.changed();
  }

  /** Ends a process and removes it. Does nothing for an unknown name. */
  async remove(name: string): Promise<void> {
    const process = this.processes.get(name);
    if (process === undefined) return;
    await process.stop();
    // Two callers may remove it at the same time, and the first may have set it again.
    if (this.processes.get(name) === process) this.processes.delete(name);
    this.changed();
  }

  /** Ends all processes, those with the highest `stopOrder` first, and ignores later calls of `set()`. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearInterval(this.logTimer);
    const orders = [...this.processes.values()].map(({ stopOrder }) => stopOrder);
    for (const order of [...new Set(orders)].sort((a, b) => b - a)) {
      const names = [...this.processes].filter(([, process]) => process.stopOrder === order).map(([name]) => name);
      await Promise.all(names.map((name) => this.remove(name)));
    }
  }

  /** The status of all processes, in the order in which they were set. */
  status(): ProcessStatus[] {
    return [...this.processes.values()].map((process) => process.status());
  }

  private readonly changed = (): void => {
    this.options.onChange?.();
  };
}
