import { type ChildProcess, spawn } from "node:child_process";
import { isDeepStrictEqual } from "node:util";
import { openLog } from "./log-file";
import { signalGroup } from "@gitops-platform/clients/processes/process-group";
import { processIdentity } from "@gitops-platform/clients/processes/process-identity";
import type { ProcessSpec, ProcessState, ProcessStatus } from "./process-spec";

/** Times of the supervisor, in milliseconds. */
export interface Timing {
  /** The pause before a process restarts after its first failure; it doubles with each further one. Default 250. */
  firstBackoff: number;
  /** The longest pause. Default 4000. */
  lastBackoff: number;
  /** A process that ran this long counts as recovered: its next failure counts as the first. Default 10000. */
  stableAfter: number;
  /** Between SIGTERM and SIGKILL. Default 3000: kube-apiserver would take a minute. */
  grace: number;
}

export const defaultTiming: Timing = { firstBackoff: 250, lastBackoff: 4000, stableAfter: 10_000, grace: 3000 };

/** One process that is kept running until `stop()`. */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private identity: string | undefined;
  private timer: NodeJS.Timeout | undefined;
  private state: ProcessState = "starting";
  private restarts = 0;
  private failures = 0;
  private lastExit: string | undefined;
  private wanted = true;
  private stopped: Promise<void> = Promise.resolve();
  private onGone: (() => void) | undefined;

  constructor(
    private spec: ProcessSpec,
    private readonly logs: string,
    private readonly timing: Timing,
    private readonly onChange: () => void,
  ) {
    this.start();
  }

  get stopOrder(): number {
    return this.spec.stopOrder ?? 100;
  }

  /** Whether `stop()` was called. */
  get isStopping(): boolean {
    return !this.wanted;
  }

  /** Takes a new spec, and restarts the process if it differs. */
  update(spec: ProcessSpec): void {
    if (isDeepStrictEqual(spec, this.spec)) return;
    this.spec = spec;
    this.failures = 0;
    if (!this.wanted) return;
    void this.end().then(() => {
      // A later update may have started it already.
      if (this.wanted && this.child === undefined) this.start();
    });
  }

  /** Ends the process for good. */
  async stop(): Promise<void> {
    this.wanted = false;
    await this.end();
  }

  status(): ProcessStatus {
    const { name, port } = this.spec;
    return {
      name,
      state: this.state,
      ...(this.child?.pid !== undefined && { pid: this.child.pid, identity: this.identity }),
      ...(port !== undefined && { port }),
      restarts: this.restarts,
      ...(this.lastExit !== undefined && { lastExit: this.lastExit }),
    };
  }

  private start(): void {
    clearTimeout(this.timer);
    const { name, command, args, env, cwd } = this.spec;
    const log = openLog(this.logs, name);
    const started = Date.now();
    // `detached` gives it a process group of its own: its child processes are ended with it, and Ctrl-C does not reach
    // it.
    const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", log.descriptor, log.descriptor] });
    log.close();
    this.child = child;
    this.identity = child.pid === undefined ? undefined : processIdentity(child.pid);
    let over = false;
    const ended = (how: string) => {
      if (over) return;
      over = true;
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
      this.ended(how, Date.now() - started);
    };
    child.once("error", (error) => {
      ended(error.message);
    });
    child.once("exit", (code, signal) => {
      ended(signal ?? `exit code ${code ?? "unknown"}`);
    });
    this.setState("running");
  }

  private ended(how: string, ranMilliseconds: number): void {
    this.child = undefined;
    this.identity = undefined;
    if (this.onGone !== undefined) {
      this.onGone();
      return;
    }
    if (!this.wanted) return;
    this.lastExit = `${how}, ${new Date().toISOString()}`;
    this.failures = ranMilliseconds >= this.timing.stableAfter ? 1 : this.failures + 1;
    const pause = Math.min(this.timing.firstBackoff * 2 ** (this.failures - 1), this.timing.lastBackoff);
    this.timer = setTimeout(() => {
      this.restarts++;
      this.start();
    }, pause);
    this.setState("waiting");
  }

  /** Ends the running process, or cancels the pause before the next one. */
  private end(): Promise<void> {
    clearTimeout(this.timer);
    const pid = this.child?.pid;
    if (pid === undefined) return this.stopped;
    if (this.onGone !== undefined) return this.stopped;
    this.stopped = new Promise((resolve) => {
      const kill = setTimeout(() => {
        signalGroup(pid, "SIGKILL");
      }, this.timing.grace);
      this.onGone = () => {
        clearTimeout(kill);
        this.onGone = undefined;
        resolve();
      };
      signalGroup(pid, "SIGTERM");
    });
    this.setState("stopping");
    return this.stopped;
  }

  private setState(state: ProcessState): void {
    this.state = state;
    this.onChange();
  }
}
