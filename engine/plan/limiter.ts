/** Runs tasks in the order of their arrival, with a maximum number at once. Can be stopped. */
export class Limiter {
  private running = 0;
  private stopped = false;
  private readonly waiting: (() => void)[] = [];
  private readonly idlers: (() => void)[] = [];

  /** @param size Maximum number of tasks at once; at least 1. */
  constructor(private readonly size: number) {}

  /** Runs the task when a slot is free. For a task that has not started before {@link stop}, it never settles. */
  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.stopped) return new Promise<T>(() => undefined);
    if (this.running >= this.size) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running += 1;
    try {
      return await task();
    } finally {
      this.next();
    }
  }

  /** Starts no further tasks. Running tasks continue. */
  stop(): void {
    this.stopped = true;
    this.waiting.length = 0;
  }

  /** Resolves when no task is running. */
  async idle(): Promise<void> {
    if (this.running > 0) await new Promise<void>((resolve) => this.idlers.push(resolve));
  }

  private next(): void {
    const next = this.waiting.shift();
    if (next !== undefined) {
      next();
      return;
    }
    this.running -= 1;
    if (this.running === 0) for (const idler of this.idlers.splice(0)) idler();
  }
}
