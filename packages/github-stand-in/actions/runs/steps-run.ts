import { now } from "../../store/database";
import type { JobRecord, RunConclusion, StepRecord } from "../../store/history-records";
import { createAppToken } from "../steps/app-token";
import { checkout } from "../steps/checkout";
import { runStep, withPaths } from "../steps/run-step";
import { setupNode } from "../steps/setup-node";
import type { StepHost } from "../steps/step-host";
import type { Contexts, Expressions } from "../workflow/expressions";
import type { Job, Step } from "../workflow/schema";

/** The steps of a job with their context. */
export interface StepsOptions {
  host: StepHost;
  expressions: Expressions;
  job: Job;
  /** `defaults.run` of the workflow. */
  defaults: { shell?: "bash" | undefined; "working-directory"?: string | undefined };
  /** github, inputs, vars, needs, secrets and runner. */
  contexts: Contexts;
  /** Variables that no step changes. */
  base: Record<string, string>;
  /** Variables of the workflow and the job. */
  env: Record<string, string>;
}

type Outcome = "success" | "failure" | "cancelled" | "skipped";

/** Runs the steps of a job one after the other. */
export class StepsRun {
  /** Why the job failed: the error of its first failed step. */
  reason: string | undefined;
  private readonly results: Record<string, { outputs: Record<string, string>; outcome: Outcome; conclusion: Outcome }> =
    {};
  private readonly env: Record<string, string>;
  private base: Record<string, string>;
  private status: "success" | "failure" | "cancelled" = "success";

  constructor(private readonly options: StepsOptions) {
    this.env = { ...options.env };
    this.base = options.base;
  }

  /** Runs all steps. A cancelled job runs no further step, whatever its `if` is. */
  async run(record: JobRecord): Promise<RunConclusion> {
    const { job, host } = this.options;
    record.steps = job.steps.map((step, at) => ({ ...NEW, name: nameOf(step), number: at + 1 }));
    for (const [at, step] of job.steps.entries()) {
      const entry = record.steps[at];
      if (!entry) break;
      if (host.signal.aborted) this.status = "cancelled";
      const begun = this.status === "cancelled" ? "cancelled" : await this.step(step, entry);
      Object.assign(entry, { status: "completed", conclusion: begun, completedAt: now() });
    }
    return host.signal.aborted ? "cancelled" : this.status;
  }

  /** The job's outputs. An output that contains a secret is omitted, as on GitHub. */
  outputs(templates: Record<string, string>): Record<string, string> {
    const { expressions, host } = this.options;
    const all = Object.entries(expressions.texts(templates, this.contexts(this.env)));
    return Object.fromEntries(
      all.filter(([name, value]) => {
        const isOpen = host.log.masks.apply(value) === value;
        if (!isOpen) host.log.write(`##[warning]Skip output '${name}' since it may contain secret.`);
        return isOpen;
      }),
    );
  }

  private async step(step: Step, entry: StepRecord): Promise<Outcome> {
    const { expressions, host } = this.options;
    const { log } = host;
    let outcome: Outcome = "success";
    let outputs: Record<string, string> = {};
    try {
      const env = { ...this.env, ...expressions.texts(step.env, this.contexts(this.env)) };
      const contexts = this.contexts(env);
      if (!expressions.condition(step.if, contexts, { status: this.status }))
        return this.note(step, "skipped", outputs);
      Object.assign(entry, { status: "in_progress", startedAt: now() });
      if (step.name !== undefined) entry.name = log.masks.apply(expressions.text(step.name, contexts));
      log.write(`##[group]${entry.name}`);
      outputs = await this.execute(step, contexts, env);
    } catch (error) {
      outcome = host.signal.aborted ? "cancelled" : "failure";
      const reason = log.masks.apply(error instanceof Error ? error.message : String(error));
      log.write(`##[error]${host.signal.aborted ? "The operation was canceled." : reason}`);
      if (!step["continue-on-error"]) this.reason ??= `${entry.name}: ${reason}`;
    }
    return this.note(step, outcome, outputs);
  }

  private note(step: Step, outcome: Outcome, outputs: Record<string, string>): Outcome {
    const conclusion = outcome === "failure" && step["continue-on-error"] ? "success" : outcome;
    if (step.id !== undefined) this.results[step.id] = { outputs, outcome, conclusion };
    if (conclusion === "failure") this.status = "failure";
    return conclusion;
  }

  private async execute(step: Step, contexts: Contexts, env: Record<string, string>): Promise<Record<string, string>> {
    const { expressions, host, defaults } = this.options;
    if ("uses" in step) {
      const github = contexts.github as Record<
        "server_url" | "api_url" | "repository" | "ref" | "sha" | "token",
        string
      >;
      const { server_url: serverUrl, api_url: apiUrl, repository, ref, sha, token } = github;
      const inputs = expressions.texts(step.with, contexts);
      if (step.uses === "actions/create-github-app-token") return createAppToken(host, inputs, { apiUrl, repository });
      if (step.uses === "actions/setup-node") return setupNode(host, inputs, this.base);
      await checkout(host, inputs, { serverUrl, repository, ref, sha, token, env: this.base });
      return {};
    }
    const result = await runStep(host, {
      script: expressions.text(step.run, contexts),
      isExplicit: (step.shell ?? defaults.shell) !== undefined,
      workingDirectory: expressions.text(step["working-directory"] ?? defaults["working-directory"] ?? ".", contexts),
      env: { ...this.base, ...env },
    });
    Object.assign(this.env, result.env);
    this.base = withPaths(this.base, result.paths);
    return result.outputs;
  }

  private contexts(env: Record<string, string>): Contexts {
    return { ...this.options.contexts, env, steps: this.results, job: { status: this.status } };
  }
}

const NEW = { status: "queued" as const, conclusion: null, startedAt: null, completedAt: null };

function nameOf(step: Step): string {
  const what = "uses" in step ? step.uses : (step.run.split("\n")[0] ?? "");
  return step.name ?? `Run ${what}`;
}
