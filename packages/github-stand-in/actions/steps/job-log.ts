import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";

/** The log of a job: each line has a timestamp, and secrets are masked. */
export class JobLog {
  readonly masks = new Masks();
  private readonly stream: WriteStream;

  /** Creates or empties the file. */
  constructor(path: string) {
    this.stream = createWriteStream(path, { mode: 0o600 });
  }

  /** Writes one or more lines. */
  write(text: string): void {
    for (const line of text.split(/\r?\n/)) {
      this.stream.write(`${new Date().toISOString()} ${this.masks.apply(line)}\n`);
    }
  }

  /** Resolves when everything is in the file. */
  async close(): Promise<void> {
    this.stream.end();
    await finished(this.stream);
  }
}

/** Masks secrets in logs: each line of an added value becomes ***. */
export class Masks {
  private readonly values = new Set<string>();

  /**
   * Masks a value from now on. Each line of a multi-line value is masked separately, because logs are written line by
   * line.
   */
  add(value: string): void {
    for (const line of value.split(/\r?\n/)) if (line.trim() !== "") this.values.add(line);
  }

  /** Masks all values in a string. Longer values come first, because one may contain another. */
  apply(text: string): string {
    const longestFirst = [...this.values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((masked, value) => masked.replaceAll(value, "***"), text);
  }
}
