import { lock } from "proper-lockfile";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while no other process holds the lock of the same path. Waits for the other process; a lock is taken over
 * ten seconds after its holder died.
 * @param path what is locked; it need not exist, but its folder must. The lock is `<path>.lock`
 * @param onWait called once if another process holds the lock
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    // Fails if the machine slept and another process took the lock over. The work is done nevertheless.
    await release().catch(() => undefined);
  }
}

async function acquire(path: string, onWait: () => void): Promise<() => Promise<void>> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await lock(path, { realpath: false, stale: 10_000, onCompromised: () => undefined });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
      if (attempt === 0) onWait();
      await sleep(250);
    }
  }
}
