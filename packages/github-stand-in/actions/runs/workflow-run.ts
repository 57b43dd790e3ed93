import { now } from "../../store/database";
import type { RunConclusion, RunRecord } from "../../store/history-records";
import type { RepositoryRecord } from "../../store/records";
import { JobLog } from "../steps/job-log";
import { readWorkflow } from "../workflow/read";
import { CANCELLED, memberOf } from "./concurrency";
import { githubContext } from "./github-context";
import { endCheck, startCheck } from "./job-checks";
import { JobGraph } from "./job-graph";
import { valuesOf } from "./job-run";
import { newJob } from "./new-run";
import type { OuterContexts, RunServices } from "./services";

/** A change of a run that is sent to hooks and starts workflows with `workflow_run`. */
export type RunAction = "requested" | "in_progress" | "completed";

/** Executes one run, from its event to its conclusion. */
export class WorkflowRun {
  private readonly abort = new AbortController();

  constructor(
    private readonly services: RunServices,
    private readonly repository: RepositoryRecord,
    readonly record: RunRecord,
    /** The content of the workflow's file. */
    private readonly text: string,
    private readonly announce: (action: RunAction) => void,
  ) {}

  /** Cancels the run: running jobs are stopped, waiting jobs do not start. */
  cancel(): void {
    this.abort.abort(CANCELLED);
  }

  /** Runs every job. */
  async execute(): Promise<void> {
    const { record, services } = this;
    this.announce("requested");
    const conclusion = await this.conclude().catch((error: unknown) =>
      this.refuse(error instanceof Error ? error.message : String(error)),
    );
    Object.assign(record, { status: "completed", conclusion, updatedAt: now() });
    await services.store.save();
    this.announce("completed");
  }

  private async conclude(): Promise<RunConclusion> {
    const { services, repository, record } = this;
    const workflow = readWorkflow(record.path, this.text);
    const github = githubContext(services.urls, repository, record, await services.store.event(record));
    const contexts: OuterContexts = { github, inputs: record.inputs, vars: valuesOf(repository.variables) };
    const title = workflow["run-name"];
    if (title !== undefined) record.title = services.expressions.text(title, contexts);
    const jobs = () => {
      record.status = "queued";
      const begins = () => {
        this.begins();
      };
      return new JobGraph(services, {
        repository,
        run: record,
        workflow,
        contexts,
        signal: this.abort.signal,
        begins,
      }).run();
    };
    if (!workflow.concurrency) return jobs();
    record.status = "pending";
    const member = memberOf(services, repository, workflow.concurrency, contexts, this.abort);
    return (await services.groups.within(member, jobs)) ?? "cancelled";
  }

  private begins(): void {
    if (this.record.status === "in_progress") return;
    Object.assign(this.record, { status: "in_progress", updatedAt: now() });
    this.announce("in_progress");
  }

  /** Makes the failure of an invalid workflow visible: a job named after the file, with the reason in its log. */
  private async refuse(reason: string): Promise<RunConclusion> {
    const { services, repository, record } = this;
    const job = newJob(services, record, { key: record.path, name: record.path, labels: [] });
    startCheck(services, repository, record, job);
    const log = new JobLog(services.store.logPath(record, job));
    log.write(`##[error]${reason}`);
    await log.close();
    Object.assign(job, { status: "completed", conclusion: "failure", completedAt: now() });
    endCheck(services, repository, job, "failure", reason);
    return "failure";
  }
}
