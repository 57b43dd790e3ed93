import { now } from "../../store/database";
import type { JobRecord, RunConclusion, RunRecord } from "../../store/history-records";
import type { RepositoryRecord } from "../../store/records";
import type { Progress } from "../workflow/expressions";
import type { Job, Workflow } from "../workflow/schema";
import { CANCELLED, memberOf } from "./concurrency";
import { endCheck, progressCheck, startCheck } from "./job-checks";
import { type JobResult, runJob } from "./job-run";
import { newJob } from "./new-run";
import type { OuterContexts, RunServices } from "./services";

/** The jobs of a run with their common context. */
export interface JobGraphOptions {
  repository: RepositoryRecord;
  run: RunRecord;
  workflow: Workflow;
  contexts: OuterContexts;
  /** Cancels every job. */
  signal: AbortSignal;
  /** Called when a job starts. */
  begins: () => void;
}

/** Runs the jobs of a workflow, each after the jobs that it needs. */
export class JobGraph {
  private readonly results = new Map<string, Promise<JobResult>>();

  constructor(
    private readonly services: RunServices,
    private readonly options: JobGraphOptions,
  ) {}

  /** Runs all jobs. */
  async run(): Promise<RunConclusion> {
    const jobs = Object.keys(this.options.workflow.jobs);
    const results = await Promise.all(jobs.map((key) => this.result(key)));
    const conclusions = new Set(results.map(({ conclusion }) => conclusion));
    return (["failure", "cancelled", "success"] as const).find((one) => conclusions.has(one)) ?? "skipped";
  }

  private result(key: string): Promise<JobResult> {
    let result = this.results.get(key);
    if (!result) {
      const { needs } = this.jobOf(key);
      result = Promise.all(needs.map((need) => this.result(need))).then(() => this.job(key));
      this.results.set(key, result);
    }
    return result;
  }

  private async job(key: string): Promise<JobResult> {
    const { services } = this;
    const { repository, run, contexts: outer } = this.options;
    const job = this.jobOf(key);
    const contexts = { ...outer, needs: await this.needs(job) };
    const labels = [job["runs-on"]].flat();
    const record = newJob(services, run, { key, name: key, labels });
    let result: JobResult;
    try {
      record.name = services.expressions.text(job.name ?? key, contexts);
      startCheck(services, repository, run, record);
      result = await this.conclude(job, record, contexts);
    } catch (error) {
      const conclusion = error === CANCELLED ? "cancelled" : "failure";
      result = { conclusion, outputs: {}, reason: error instanceof Error ? error.message : String(error) };
    }
    Object.assign(record, { status: "completed", conclusion: result.conclusion, completedAt: now() });
    run.updatedAt = now();
    endCheck(services, repository, record, result.conclusion, result.reason);
    await services.store.save();
    return result;
  }

  private async conclude(job: Job, record: JobRecord, contexts: OuterContexts): Promise<JobResult> {
    const { services } = this;
    const { signal, repository } = this.options;
    const status = signal.aborted ? "cancelled" : await this.progress(job);
    if (signal.aborted) return CANCELLED_RESULT;
    if (!services.expressions.condition(job.if, contexts, { status })) return { conclusion: "skipped", outputs: {} };
    // The concurrency group of a job can cancel the job alone.
    const own = new AbortController();
    const either = AbortSignal.any([signal, own.signal]);
    const work = () => services.slots.use(either, () => this.runNow(job, record, contexts, either));
    if (!job.concurrency) return work();
    record.status = "pending";
    const member = memberOf(services, repository, job.concurrency, contexts, own);
    return (await services.groups.within({ ...member, signal: either }, work)) ?? CANCELLED_RESULT;
  }

  private runNow(job: Job, record: JobRecord, contexts: OuterContexts, signal: AbortSignal): Promise<JobResult> {
    const { repository, run, workflow, begins } = this.options;
    Object.assign(record, { status: "in_progress", startedAt: now() });
    progressCheck(repository, record);
    begins();
    return runJob(this.services, { repository, run, workflow, job, record, contexts }, signal);
  }

  /** The `needs` context: results and outputs of the jobs that a job needs. */
  private async needs({ needs }: Job): Promise<Record<string, unknown>> {
    const entries = needs.map(async (key) => {
      const { conclusion: result, outputs } = await this.result(key);
      return [key, { result, outputs }] as const;
    });
    return Object.fromEntries(await Promise.all(entries));
  }

  /** The status before a job: it combines all jobs that it needs, directly or not. */
  private async progress(job: Job): Promise<Progress["status"]> {
    const results = await Promise.all([...this.ancestors(job)].map((key) => this.result(key)));
    if (results.some(({ conclusion }) => conclusion === "failure")) return "failure";
    // cancelled() refers to the run as a whole, which still runs.
    return results.every(({ conclusion }) => conclusion === "success") ? "success" : "skipped";
  }

  private ancestors({ needs }: Job): Set<string> {
    return new Set([...needs, ...needs.flatMap((key) => [...this.ancestors(this.jobOf(key))])]);
  }

  private jobOf(key: string): Job {
    const job = this.options.workflow.jobs[key];
    if (!job) throw new Error(`jobs.${key}: does not exist`);
    return job;
  }
}

const CANCELLED_RESULT: JobResult = { conclusion: "cancelled", outputs: {} };
