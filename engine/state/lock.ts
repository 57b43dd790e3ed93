import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../errors";

/**
 * Locks the state file, so that two runs never write to it concurrently. The lock file contains the process id: a lock
 * whose process has ended is taken over immediately, whereas a lock that expires by age would make the next run wait.
 * @returns The function that releases the lock.
 * @throws EngineError if another process holds the lock.
 */
export function lockState(file: string): () => void {
  const lock = `${file}.lock`;
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${lock}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    while (!link(mine, lock)) takeOver(lock, file);
  } finally {
    fs.rmSync(mine, { force: true });
  }
  return () => {
    fs.rmSync(lock, { force: true });
  };
}

/** Creates a hard link; false if `to` exists. Unlike writing a file, this is atomic: the content is there at once. */
function link(from: string, to: string): boolean {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function takeOver(lock: string, file: string): void {
  const holder = readPid(lock);
  if (holder === undefined) return;
  if (isAlive(holder)) {
    throw new EngineError(
      `${file}: got a lock of process ${holder}; expected no other run on this stack. Wait until it ends; ` +
        `if process ${holder} is not a run of the engine, delete ${lock}.`,
    );
  }
  // If another run took over the lock between the read and the rename, its lock is put back.
  const aside = `${lock}.stale.${process.pid}`;
  try {
    fs.renameSync(lock, aside);
  } catch {
    return;
  }
  const moved = readPid(aside);
  if (moved !== undefined && moved !== holder) link(aside, lock);
  fs.rmSync(aside, { force: true });
}

function readPid(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
