import { join } from "node:path";
import { unprocessable } from "../domain/errors";
import { commonPayload, type WebhookEvent } from "../domain/webhooks/payloads";
import { workflowRunShape, workflowShape } from "../shapes/workflow-runs";
import { now } from "../store/database";
import type { RunRecord } from "../store/history-records";
import type { RepositoryRecord } from "../store/records";
import { RunStore } from "../store/run-store";
import { type Occurrence, Occurrences } from "./events/occurrence";
import { starts } from "./events/starts";
import { IdentityIssuer } from "./identity-issuer";
import { ConcurrencyGroups, JobSlots } from "./runs/concurrency";
import { newRun } from "./runs/new-run";
import type { RunServices } from "./runs/services";
import { type RunAction, WorkflowRun } from "./runs/workflow-run";
import { Expressions } from "./workflow/expressions";
import { workflowFile, workflowFiles } from "./workflow/files";
import { readTriggers, WorkflowError } from "./workflow/read";

/** GitHub's limit for chains of runs that start each other through workflow_run. */
const MAX_CHAIN = 3;

/** Options for running workflows. */
export interface ActionsOptions {
  /** Folders at the start of the PATH of steps, with the programs that workflows use, such as node. */
  programs: string[];
  /** Jobs that run at the same time. Default: 2. */
  parallel?: number;
}

/** The parts of the server that workflows use. */
export type ActionsContext = Pick<
  RunServices,
  "database" | "urls" | "webhooks" | "secrets" | "authenticator" | "repositories"
>;

/** Creates the workflow engine. Runs are stored in `folder`. */
export async function openActions(context: ActionsContext, folder: string, options: ActionsOptions): Promise<Actions> {
  return new Actions({
    ...context,
    identities: await IdentityIssuer.open(context),
    store: await RunStore.open(context.database, join(folder, "actions")),
    expressions: await Expressions.load(),
    slots: new JobSlots(options.parallel ?? 2),
    groups: new ConcurrencyGroups(),
    programs: options.programs,
  });
}

/** GitHub Actions: runs a repository's workflows on its events. */
export class Actions {
  private readonly occurrences: Occurrences;
  private readonly running = new Map<number, WorkflowRun>();
  private readonly work = new Set<Promise<void>>();
  /** Repository id → the processing of its events so far, which is sequential. */
  private readonly events = new Map<number, Promise<void>>();
  private isClosed = false;

  /** The runs, with their logs. */
  readonly store: RunStore;
  /** Issues identity tokens to jobs. */
  readonly identities: IdentityIssuer;

  constructor(private readonly services: RunServices) {
    this.store = services.store;
    this.identities = services.identities;
    this.occurrences = new Occurrences(services.repositories);
    services.webhooks.onEvent((repository, event) => {
      this.onEvent(repository, event);
    });
  }

  /** Starts a run of a workflow file for an occurrence. */
  async start(
    repository: RepositoryRecord,
    path: string,
    text: string,
    occurrence: Occurrence,
    inputs = {},
  ): Promise<RunRecord> {
    const { services } = this;
    const run = newRun(services, repository, { path, text, occurrence, inputs });
    await services.store.add(run, occurrence.payload);
    this.launch(repository, run, text);
    return run;
  }

  /** Repeats a completed run. Throws 403 if it is not completed, 422 if its file no longer exists. */
  async rerun(repository: RepositoryRecord, run: RunRecord, login: string): Promise<void> {
    const text = await workflowFile(this.services.repositories.open(repository.id), run.sha, run.path);
    if (text === undefined)
      throw unprocessable("Unable to retry this workflow run because its workflow file is not there");
    const time = now();
    const again = { attempt: run.attempt + 1, status: "queued", conclusion: null, triggeringActor: login };
    Object.assign(run, again, { startedAt: time, updatedAt: time });
    await this.services.store.save();
    this.launch(repository, run, text);
  }

  /** Cancels a run. Returns whether it was still running. */
  cancel(run: RunRecord): boolean {
    // A completed run is listed as running until its end is saved and announced.
    const running = run.status === "completed" ? undefined : this.running.get(run.id);
    running?.cancel();
    return running !== undefined;
  }

  /** Cancels every run, and waits until all of them have ended. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const run of this.running.values()) run.cancel();
    while (this.work.size > 0) await Promise.all(this.work);
    await this.services.store.save();
  }

  private onEvent(repository: RepositoryRecord, event: WebhookEvent): void {
    if (this.isClosed) return;
    const earlier = this.events.get(repository.id) ?? Promise.resolve();
    const done = earlier.then(() => this.startAll(repository, event));
    this.events.set(repository.id, this.track(done));
  }

  /** Lets a schedule fire, which nothing here does by itself. Starts every workflow that has it. */
  async fire(repository: RepositoryRecord, cron: string, sender: string): Promise<void> {
    const occurrence = await this.occurrences.scheduled(repository, cron, sender);
    if (occurrence) await this.startOn(repository, [occurrence]);
  }

  private async startAll(repository: RepositoryRecord, event: WebhookEvent): Promise<void> {
    await this.startOn(repository, await this.occurrences.of(repository, event));
  }

  private async startOn(repository: RepositoryRecord, occurrences: readonly Occurrence[]): Promise<void> {
    for (const occurrence of occurrences) {
      const chain = this.chainOf(repository, occurrence);
      if (chain > MAX_CHAIN) continue;
      for (const { path, text } of await workflowFiles(
        this.services.repositories.open(repository.id),
        occurrence.sha,
      )) {
        if (this.isClosed) return;
        const runs = await this.runsOn(path, text, occurrence);
        if (runs) await this.start(repository, path, text, { ...occurrence, chain });
      }
    }
  }

  /** A file whose `on` is invalid fails on every push, as on GitHub. */
  private async runsOn(path: string, text: string, occurrence: Occurrence): Promise<boolean> {
    try {
      return await starts(readTriggers(path, text), occurrence);
    } catch (error) {
      if (error instanceof WorkflowError) return occurrence.event === "push";
      throw error;
    }
  }

  private chainOf(repository: RepositoryRecord, { event, payload }: Occurrence): number {
    if (event !== "workflow_run") return 0;
    const { id } = payload.workflow_run as { id: number };
    return (this.services.store.run(repository.id, id)?.chain ?? 0) + 1;
  }

  private launch(repository: RepositoryRecord, record: RunRecord, text: string): void {
    const run = new WorkflowRun(this.services, repository, record, text, (action) => {
      this.announce(repository, record, action);
    });
    this.running.set(record.id, run);
    const done = run.execute().finally(() => this.running.delete(record.id));
    if (this.isClosed) run.cancel();
    void this.track(done);
  }

  private announce(repository: RepositoryRecord, run: RunRecord, action: RunAction): void {
    const { services } = this;
    const account = services.database.account(run.triggeringActor);
    if (!account) return;
    const workflow = services.store.workflow(repository.id, run.path);
    const payload = {
      action,
      workflow_run: workflowRunShape(services, repository, run),
      workflow: workflowShape(services, repository, workflow, run.name),
      ...commonPayload(services, repository, { account }),
    };
    services.webhooks.emit(repository, { name: "workflow_run", payload });
  }

  private track(work: Promise<void>): Promise<void> {
    const tracked = work
      .catch((error: unknown) => {
        process.stderr.write(`actions: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      })
      .finally(() => this.work.delete(tracked));
    this.work.add(tracked);
    return tracked;
  }
}
