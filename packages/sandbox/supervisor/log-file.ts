import { closeSync, copyFileSync, mkdirSync, openSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";

/** The maximum size of a log in bytes. A larger log is copied to `<name>.1.log` and emptied. */
export const maxLogBytes = 5 * 1024 * 1024;

/**
 * Opens a process's log for appending. The process writes to it directly, so its last output survives the supervisor.
 */
export function openLog(folder: string, name: string): { descriptor: number; close: () => void } {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  rotateLog(folder, name);
  const descriptor = openSync(join(folder, `${name}.log`), "a", 0o600);
  return {
    descriptor,
    close: () => {
      closeSync(descriptor);
    },
  };
}

/** Rotates a log that is too large. A process that has it open continues to append to it. */
export function rotateLog(folder: string, name: string, maxBytes: number = maxLogBytes): void {
  const file = join(folder, `${name}.log`);
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= maxBytes) return;
  copyFileSync(file, join(folder, `${name}.1.log`));
  truncateSync(file);
}
