import { lock } from "proper-lockfile";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while no other process runs one with the same path. Waits for the other; a lock whose holder died is
 * taken over after ten seconds.
 * @param path what is locked: need not exist, its folder must; the lock is `<path>.lock`
 * @param onWait called once when another holds the lock
 */
export async function withLock<T>(path: string, onWait: () => void, work: () => Promise<T>): Promise<T> {
  const release = await acquire(path, onWait);
  try {
    return await work();
  } finally {
    // Fails when the machine slept and another took the lock over: the work is done all the same.
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
