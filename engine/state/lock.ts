import fs from "node:fs";
import path from "node:path";
import { lock } from "proper-lockfile";
import { EngineError } from "../errors";

/** Milliseconds. A process that holds the lock renews it twice as often; the lock of a killed one is then taken over. */
const STALE_MS = 5000;
const RETRY_MS = 250;

/**
 * Locks the state file, so that two runs never write to it concurrently.
 * @returns The function that releases the lock.
 * @throws EngineError if another process holds the lock, and renews it.
 */
export async function lockState(file: string): Promise<() => Promise<void>> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const retries = { retries: Math.ceil(STALE_MS / RETRY_MS) + 2, minTimeout: RETRY_MS, maxTimeout: RETRY_MS };
  try {
    const release = await lock(file, { realpath: false, stale: STALE_MS, retries, onCompromised: () => undefined });
    // Fails if the machine slept, and another process took the lock over. The run is over nevertheless.
    return () => release().catch(() => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    throw new EngineError(`${file}: got a lock of another run; expected no other run on this stack. Wait until it ends.`);
  }
}
