import { setTimeout as sleep } from "node:timers/promises";

/** Does something again and again, with a pause after each time, until the signal is aborted. */
export async function repeat(work: () => Promise<void>, pause: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await work();
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
}
