import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { lock } from "proper-lockfile";
import { EngineError, messageOf } from "../model/events";

const VERSION = 1;

interface Snapshot {
  version: number;
  /** HMAC key of the digests of secrets, in hexadecimal. */
  key: string;
  resources: ResourceRecord[];
}

/** One line of the journal. Both parts are applied atomically. */
export interface Change {
  /** Keys ({@link recordKey}) of the records to remove, before those in `put` are added. */
  drop?: string[];
  /** Records to add or replace. */
  put?: ResourceRecord[];
}

/**
 * Stores a stack's resources on disk: a snapshot, and a journal with one line per change since. `commit` writes the
 * change before it returns, at a cost that does not grow with the stack. If the process is killed, at most the last
 * line is incomplete, and that change counts as not recorded. Replaying a journal is idempotent, so a fold may be
 * interrupted before or after the journal is removed.
 */
export class StateStore {
  private readonly records = new Map<string, ResourceRecord>();
  private journal: number | undefined;

  private constructor(
    private readonly file: string,
    /** HMAC key of the digests of secrets, in hexadecimal. */
    readonly key: string,
  ) {}

  /**
   * Reads the state; empty if the file does not exist.
   * @throws EngineError if the file is not a state of this engine.
   */
  static open(file: string): StateStore {
    const snapshot = readSnapshot(file);
    const store = new StateStore(file, snapshot.key);
    for (const record of snapshot.resources) store.records.set(recordKey(record), record);
    for (const change of readJournal(journalOf(file))) store.apply(change);
    return store;
  }

  /** All records, in order of creation. */
  all(): ResourceRecord[] {
    return [...this.records.values()];
  }

  /** The record with this key. */
  get(key: string): ResourceRecord | undefined {
    return this.records.get(key);
  }

  /** Applies a change, and writes it to disk. */
  commit(change: Change): void {
    this.apply(change);
    if (this.journal === undefined) {
      // The key must be on disk before any digest that was created with it.
      this.fold();
      this.journal = fs.openSync(journalOf(this.file), "a", 0o600);
    }
    fs.writeSync(this.journal, `${JSON.stringify(change)}\n`);
  }

  /** Writes a snapshot of all records, and removes the journal. */
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

  /** Folds the journal of this or an earlier run into the snapshot. Does nothing if there is none. */
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

/** The journal's path, in the same folder as the state file. */
export function journalOf(file: string): string {
  return `${file}.journal`;
}

function readSnapshot(file: string): Snapshot {
  if (!fs.existsSync(file)) return { version: VERSION, key: randomBytes(32).toString("hex"), resources: [] };
  let snapshot: Partial<Snapshot>;
  try {
    snapshot = JSON.parse(fs.readFileSync(file, "utf8")) as Partial<Snapshot>;
  } catch (error) {
    throw new EngineError(
      `${file}: ${messageOf(error)}; expected a state of this engine. Pass another file with --state.`,
    );
  }
  const { version, key, resources } = snapshot;
  if (version !== VERSION || typeof key !== "string" || !Array.isArray(resources)) {
    throw new EngineError(
      `${file}: got state version ${String(version)}; expected ${VERSION}. ` +
        "Use the engine version that wrote it, or pass another file with --state.",
    );
  }
  return { version, key, resources };
}

function readJournal(file: string): Change[] {
  if (!fs.existsSync(file)) return [];
  // Drops an incomplete last line, which was being written when the process ended.
  const lines = fs.readFileSync(file, "utf8").split("\n").slice(0, -1);
  return lines.map((line, index) => {
    try {
      return JSON.parse(line) as Change;
    } catch (error) {
      throw new EngineError(
        `${file}: line ${index + 1}: ${messageOf(error)}; expected a change that the engine wrote. ` +
          "Later changes cannot be applied safely without it. Restore the file, or start over with another --state.",
      );
    }
  });
}

/** A resource in the state file. Secrets are stored as digests (see seal.ts). */
export interface ResourceRecord {
  urn: string;
  /** Type token. */
  type: string;
  /** Whether a provider manages it. False for components and the stack, true for provider resources. */
  custom: boolean;
  /** The provider's id of the object; empty for components, and during a create. */
  id: string;
  /**
   * `live`: the object is current. `creating`: a create was started, and may have succeeded. `condemned`: the object
   * was replaced by another object with the same URN, and is to be deleted.
   */
  status: "live" | "creating" | "condemned";
  /** A change was started and may be incomplete: the next `up` applies the inputs even if the diff is empty. */
  unfinished?: true;
  /** Inputs of the last apply. */
  inputs: Record<string, unknown>;
  /** Outputs of the last apply. */
  outputs: Record<string, unknown>;
  /** URN of the parent; unset for the stack. */
  parent?: string;
  /** URN of the provider; unset for components and providers. */
  provider?: string;
  /** URNs of the resources that it depends on. It is deleted before them. */
  dependencies: string[];
  /** The option `protect` at the last `up`. */
  protect?: true;
  /** The option `retainOnDelete` at the last `up`. */
  retainOnDelete?: true;
}

/** The unique key of a record. During a replacement, several records have the same URN. */
export function recordKey({ urn, status, id }: ResourceRecord): string {
  return status === "condemned" ? `${urn}|condemned|${id}` : status === "creating" ? `${urn}|creating` : urn;
}

/** Milliseconds. A process renews its lock twice as often. The lock of a killed process is taken over after that. */
const STALE_MS = 5000;

/** For longer than it takes to notice that the holder was killed: its lock may be dated a second ahead. */
const RETRIES = { retries: 30, minTimeout: 250, maxTimeout: 250 };

/**
 * Locks the state file, so that two runs never write to it concurrently.
 * @returns The function that releases the lock.
 * @throws EngineError if another process holds the lock, and renews it.
 */
export async function lockState(file: string): Promise<() => Promise<void>> {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  try {
    const release = await lock(file, {
      realpath: false,
      stale: STALE_MS,
      retries: RETRIES,
      onCompromised: () => {
        process.stderr.write(
          `${file}: got the lock of another run, which took it over; expected ours. Run it again.\n`,
        );
        // Another run writes to the state now. It completes what this one leaves, as after a kill.
        process.exit(1);
      },
    });
    // Fails if the machine slept, and another process took the lock over. The run is over nevertheless.
    return () => release().catch(() => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ELOCKED") throw error;
    throw new EngineError(
      `${file}: got a lock of another run; expected no other run on this stack. Wait until it ends.`,
    );
  }
}
