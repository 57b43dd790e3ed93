/** Runs at most so many tasks at once, in the order in which they came, and can be told to begin no more. */
export class Limiter {
  private running = 0;
  private stopped = false;
  private readonly waiting: (() => void)[] = [];
  private readonly idlers: (() => void)[] = [];

  /** @param size How many tasks may run at once; at least 1. */
  constructor(private readonly size: number) {}

  /** Runs the task when there is room. After {@link stop} the promise never settles, for tasks that have not begun. */
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

  /** Begins no more tasks. Those that run go on. */
  stop(): void {
    this.stopped = true;
    this.waiting.length = 0;
  }

  /** Resolves once nothing runs. */
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
