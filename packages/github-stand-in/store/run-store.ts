import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Database, now } from "./database";
import type { JobRecord, RunRecord, WorkflowRecord } from "./history-records";
import { JsonFile } from "./json-file";

/** Maximum number of completed runs per repository; the oldest are deleted. */
const MAX_RUNS = 300;

/** Stores runs in `runs.json`, and each run's event and logs in a folder of its own. */
export class RunStore {
  private readonly file: JsonFile<{ workflows: WorkflowRecord[]; runs: RunRecord[] }>;

  private constructor(
    private readonly database: Database,
    private readonly folder: string,
  ) {
    this.file = new JsonFile(join(folder, "runs.json"), { workflows: [], runs: [] });
    for (const run of this.file.value.runs) endInterrupted(run);
  }

  /**
   * Opens the runs of a folder, which is created if it does not exist. Runs that a killed server left are marked as
   * cancelled.
   */
  static async open(database: Database, folder: string): Promise<RunStore> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return new RunStore(database, folder);
  }

  /** The runs of a repository, newest first. */
  runs(repository: number): RunRecord[] {
    return this.file.value.runs.filter((run) => run.repository === repository).reverse();
  }

  run(repository: number, id: number): RunRecord | undefined {
    return this.file.value.runs.find((run) => run.id === id && run.repository === repository);
  }

  /** The record of a workflow file, created if it is new. */
  workflow(repository: number, path: string): WorkflowRecord {
    const { workflows } = this.file.value;
    const known = workflows.find((entry) => entry.repository === repository && entry.path === path);
    if (known) return known;
    const made = { id: this.database.nextId(), repository, path, createdAt: now(), runs: 0 };
    workflows.push(made);
    this.saveSoon();
    return made;
  }

  /** Stores a new run and the event that caused it. Deletes the oldest completed runs if there are too many. */
  async add(run: RunRecord, event: unknown): Promise<void> {
    await mkdir(this.folderOf(run), { recursive: true, mode: 0o700 });
    await writeFile(join(this.folderOf(run), "event.json"), JSON.stringify(event), { mode: 0o600 });
    const { value } = this.file;
    value.runs.push(run);
    const done = this.runs(run.repository).filter(({ status }) => status === "completed");
    const old = new Set(done.slice(MAX_RUNS));
    value.runs = value.runs.filter((entry) => !old.has(entry));
    for (const gone of old) await rm(this.folderOf(gone), { recursive: true, force: true });
    await this.save();
  }

  /** The event that caused a run. */
  async event(run: RunRecord): Promise<Record<string, unknown>> {
    return JSON.parse(await readFile(this.eventPath(run), "utf8")) as Record<string, unknown>;
  }

  /** The file of that event. */
  eventPath(run: RunRecord): string {
    return join(this.folderOf(run), "event.json");
  }

  /** The file of a job's log. */
  logPath(run: RunRecord, job: JobRecord): string {
    return join(this.folderOf(run), `${job.id}.log`);
  }

  /** Resolves when all changes so far are on disk. */
  async save(): Promise<void> {
    await Promise.all([this.file.save(), this.database.save()]);
  }

  /** Saves without waiting. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      process.stderr.write(`runs.json: ${String(error)}\n`);
    });
  }

  private folderOf(run: RunRecord): string {
    return join(this.folder, String(run.id));
  }
}

/** No run survives the server. */
function endInterrupted(run: RunRecord): void {
  for (const entry of [run, ...run.jobs, ...run.jobs.flatMap(({ steps }) => steps)]) {
    if (entry.status !== "completed") Object.assign(entry, { status: "completed", conclusion: "cancelled" });
  }
  for (const job of run.jobs) job.completedAt ??= now();
}
