import { actionsActor } from "../../domain/access/actions-app";
import { deploymentRefusal, ensureEnvironment } from "../../domain/environments";
import { now } from "../../store/database";
import type { JobRecord, RunConclusion, RunRecord } from "../../store/history-records";
import type { EnvironmentRecord, NamedValue, RepositoryRecord } from "../../store/records";
import { JobLog } from "../steps/job-log";
import { bareEnvironment, type JobFolders, makeJobFolders, removeJobFolders } from "../steps/step-host";
import type { Contexts } from "../workflow/expressions";
import type { Job, Workflow } from "../workflow/schema";
import { githubVariables, RUNNER } from "./github-context";
import { canRequestIdToken, jobTokenScopes } from "./job-token";
import type { OuterContexts, RunServices } from "./services";
import { StepsRun } from "./steps-run";

/** The result of a job. */
export interface JobResult {
  conclusion: RunConclusion;
  outputs: Record<string, string>;
  /** Why it failed, in one sentence. */
  reason?: string;
}

/** A job to run, with its context. */
export interface JobRequest {
  repository: RepositoryRecord;
  run: RunRecord;
  workflow: Workflow;
  job: Job;
  record: JobRecord;
  /** github, inputs, vars and needs. */
  contexts: OuterContexts;
}

/** Runs a job's steps in temporary folders and with a token that are valid for this job only. Never throws. */
export async function runJob(services: RunServices, request: JobRequest, cancel: AbortSignal): Promise<JobResult> {
  const { run, job, record } = request;
  const log = new JobLog(services.store.logPath(run, record));
  const timeout = AbortSignal.timeout(Math.min(job["timeout-minutes"] * 60_000, 2 ** 31 - 1));
  const folders = await makeJobFolders();
  const token = services.authenticator.issue({
    ...actionsActor(services),
    scopes: jobTokenScopes(request.repository, job.permissions ?? request.workflow.permissions),
  }).token;
  log.masks.add(token);
  try {
    const steps = prepare(services, request, { folders, log, token, signal: AbortSignal.any([cancel, timeout]) });
    const conclusion = await steps.run(record);
    const outputs = conclusion === "success" || conclusion === "failure" ? steps.outputs(job.outputs) : {};
    if (timeout.aborted) throw new Error(`The job has exceeded the maximum time of ${job["timeout-minutes"]} minutes.`);
    return { conclusion, outputs, ...(steps.reason === undefined ? {} : { reason: steps.reason }) };
  } catch (error) {
    const reason = log.masks.apply(error instanceof Error ? error.message : String(error));
    log.write(`##[error]${reason}`);
    // GitHub cancels a job that takes too long; it does not fail.
    const isCancelled = cancel.aborted || timeout.aborted;
    return { conclusion: isCancelled ? "cancelled" : "failure", outputs: {}, reason };
  } finally {
    services.authenticator.revoke(token);
    services.identities.revoke(record.id);
    await Promise.all([log.close(), removeJobFolders(folders)]);
  }
}

/** Prepares the context of a job's steps. Throws if the job may not use the environment that it names. */
function prepare(
  services: RunServices,
  { repository, run, workflow, job, record, contexts }: JobRequest,
  { folders, log, token, signal }: { folders: JobFolders; log: JobLog; token: string; signal: AbortSignal },
): StepsRun {
  const { expressions, urls, programs, store } = services;
  const environment = job.environment && allowedEnvironment(services, repository, run, job.environment.name, contexts);
  const secrets = {
    ...services.secrets.values(repository.id),
    ...(environment ? services.secrets.values(environment.id) : {}),
    GITHUB_TOKEN: token,
  };
  for (const value of Object.values(secrets)) log.masks.add(value);
  const all: Contexts = {
    ...contexts,
    github: { ...contexts.github, token, job: record.key, workspace: folders.workspace },
    vars: { ...contexts.vars, ...(environment ? valuesOf(environment.variables) : {}) },
    secrets,
    runner: { ...RUNNER, temp: folders.temp },
  };
  const env = { ...expressions.texts(workflow.env, all) };
  Object.assign(env, expressions.texts(job.env, { ...all, env }));
  const eventPath = store.eventPath(run);
  const own = githubVariables(urls, repository, run, { key: record.key, workspace: folders.workspace, eventPath });
  const identity = canRequestIdToken(job.permissions ?? workflow.permissions)
    ? services.identities.grant(record.id, { repository, run, environment: environment?.name })
    : undefined;
  log.masks.add(identity?.ACTIONS_ID_TOKEN_REQUEST_TOKEN ?? "");
  const base = { ...bareEnvironment(folders, programs), ...own, ...identity };
  const host = { folders, log, signal };
  log.write(`Started ${now()}: job ${record.name} of ${run.name}, ${run.event} at ${run.sha}`);
  return new StepsRun({ host, expressions, job, defaults: workflow.defaults?.run ?? {}, contexts: all, base, env });
}

function allowedEnvironment(
  { database, expressions }: RunServices,
  repository: RepositoryRecord,
  run: RunRecord,
  template: string,
  contexts: Contexts,
): EnvironmentRecord | undefined {
  const name = expressions.text(template, contexts);
  if (name === "") return undefined;
  const environment = ensureEnvironment(database, repository, name);
  const refusal = deploymentRefusal(environment, run.ref);
  if (refusal !== undefined) throw new Error(refusal);
  return environment;
}

/** Variables by name. */
export function valuesOf(variables: readonly NamedValue[]): Record<string, string> {
  return Object.fromEntries(variables.map(({ name, value }) => [name, value]));
}
