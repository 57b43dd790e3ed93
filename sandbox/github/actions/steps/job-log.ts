import { createWriteStream, type WriteStream } from "node:fs";
import { finished } from "node:stream/promises";
import { Masks } from "./masks";

/** The log of a job: a line a time, each with the moment it was written, secrets masked. */
export class JobLog {
  readonly masks = new Masks();
  private readonly stream: WriteStream;

  /** Starts a file afresh. */
  constructor(path: string) {
    this.stream = createWriteStream(path, { mode: 0o600 });
  }

  /** Write one line or several. */
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
