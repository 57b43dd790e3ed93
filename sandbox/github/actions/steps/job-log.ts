import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { Masks } from "./masks";

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
