import { readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";

/**
 * A value stored as one JSON file, readable by its owner only because it contains webhook secrets. The file is replaced
 * atomically: after a crash it has the old or the new content.
 */
export class JsonFile<T> {
  /** The value in memory: change it in place, then call save(). */
  readonly value: T;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  /** Reads the file, or starts with `initial` if there is none. */
  constructor(
    private readonly path: string,
    initial: T,
  ) {
    this.value = (read(path) as T | undefined) ?? initial;
  }

  /** Resolves when all changes so far are on disk. Calls during a write share the next write. */
  save(): Promise<void> {
    if (this.next) return this.next;
    const start = this.running ?? Promise.resolve();
    this.next = start.then(() => {
      this.next = undefined;
      const done = this.write().finally(() => {
        this.running = undefined;
      });
      // The next write waits for this one even if it fails; the callers of this one get its error from `done`.
      this.running = done.catch(() => undefined);
      return done;
    });
    return this.next;
  }

  private async write(): Promise<void> {
    const draft = `${this.path}.new`;
    const file = await open(draft, "w", 0o600);
    try {
      await file.writeFile(`${JSON.stringify(this.value)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
    await rename(draft, this.path);
  }
}

function read(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Error(`${path}: got a damaged file; expected JSON. Delete its folder to start without data.`);
  }
}
