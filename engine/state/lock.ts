import fs from "node:fs";
import path from "node:path";
import { EngineError } from "../errors";

/**
 * Takes the state file for this process, so that two runs never write it at once. A lock whose process has ended is
 * taken over: a lock file with the process id tells that at once, where one that goes stale by age would make the next
 * run wait.
 * @returns The function that gives it back.
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

/** A link appears with its content or not at all, and not where one is. */
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
      `${file}: another run (process ${holder}) works on this stack. Wait until it ends; ` +
        `if process ${holder} is no run of the engine, remove ${lock}.`,
    );
  }
  // Between reading and moving, another run may have taken the lock over: then it is put back.
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
