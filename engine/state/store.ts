import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { EngineError, messageOf } from "../errors";
import { recordKey, type ResourceRecord } from "./records";

const VERSION = 1;

interface Snapshot {
  version: number;
  /** The key of the digests that stand for secrets, in hexadecimal. */
  key: string;
  resources: ResourceRecord[];
}

/** One line of the journal. Both parts happen together or not at all. */
export interface Change {
  /** Keys of records that end ({@link recordKey}). They go before `put` is added. */
  drop?: string[];
  /** Records that begin, or change. */
  put?: ResourceRecord[];
}

/**
 * What a stack's resources are, on disk: a snapshot, and beside it a journal with one line for each change since. A
 * change is written before `commit` returns, at a cost that does not grow with the stack. A process that is killed
 * leaves a cut last line at most, which is as if the change had not been recorded. Replaying a journal twice gives the
 * same, so it does not matter whether a fold was cut before or after the journal was removed.
 */
export class StateStore {
  private readonly records = new Map<string, ResourceRecord>();
  private journal: number | undefined;

  private constructor(
    private readonly file: string,
    /** The key of the digests that stand for secrets, in hexadecimal. */
    readonly key: string,
  ) {}

  /**
   * Reads the state, an empty one where there is no file. Throws an {@link EngineError} on a file that is none of ours.
   */
  static open(file: string): StateStore {
    const snapshot = readSnapshot(file);
    const store = new StateStore(file, snapshot.key);
    for (const record of snapshot.resources) store.records.set(recordKey(record), record);
    for (const change of readJournal(journalOf(file))) store.apply(change);
    return store;
  }

  /** Every record, in the order in which they were first made. */
  all(): ResourceRecord[] {
    return [...this.records.values()];
  }

  /** The record of that key. */
  get(key: string): ResourceRecord | undefined {
    return this.records.get(key);
  }

  /** Makes the changes, on disk too. */
  commit(change: Change): void {
    this.apply(change);
    if (this.journal === undefined) {
      // The key must be on disk before anything that was made with it.
      this.fold();
      this.journal = fs.openSync(journalOf(this.file), "a", 0o600);
    }
    fs.writeSync(this.journal, `${JSON.stringify(change)}\n`);
  }

  /** Writes a snapshot of everything and starts an empty journal. */
  fold(): void {
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    const snapshot: Snapshot = { version: VERSION, key: this.key, resources: this.all() };
    const temporary = `${this.file}.new`;
    const descriptor = fs.openSync(temporary, "w", 0o600);
    fs.writeFileSync(descriptor, `${JSON.stringify(snapshot, null, 1)}\n`);
    fs.fsyncSync(descriptor);
    fs.closeSync(descriptor);
    fs.renameSync(temporary, this.file);
    this.close();
    fs.rmSync(journalOf(this.file), { force: true });
  }

  /** Folds what a journal holds, from this run or an earlier one; without one it writes nothing. */
  finish(): void {
    if (fs.existsSync(journalOf(this.file))) this.fold();
  }

  private close(): void {
    if (this.journal !== undefined) fs.closeSync(this.journal);
    this.journal = undefined;
  }

  private apply({ drop = [], put = [] }: Change): void {
    for (const key of drop) this.records.delete(key);
    for (const record of put) this.records.set(recordKey(record), record);
  }
}

/** The journal's path, beside the state file. */
export function journalOf(file: string): string {
  return `${file}.journal`;
}

function readSnapshot(file: string): Snapshot {
  if (!fs.existsSync(file)) return { version: VERSION, key: randomBytes(32).toString("hex"), resources: [] };
  let snapshot: Partial<Snapshot>;
  try {
    snapshot = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Snapshot>;
  } catch (error) {
    throw new EngineError(`${file}: ${messageOf(error)}. It is no state of this engine; name another file by --state.`);
  }
  const { version, key, resources } = snapshot;
  if (version !== VERSION || typeof key !== "string" || !Array.isArray(resources)) {
    throw new EngineError(
      `${file}: got state version ${String(version)}; expected ${VERSION}. Use the engine that wrote it, or name another file by --state.`,
    );
  }
  return { version, key, resources };
}

function readJournal(file: string): Change[] {
  if (!fs.existsSync(file)) return [];
  // What follows the last line break was being written when the process ended.
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Change;
    } catch (error) {
      throw new EngineError(
        `${file}: line ${index + 1}: ${messageOf(error)}; expected a change, as the engine wrote it. ` +
          "What follows is not safe to apply without it: put the file back as it was, or start again with another --state.",
      );
    }
  });
}
