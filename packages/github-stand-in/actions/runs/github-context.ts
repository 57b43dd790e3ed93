import type { Urls } from "../../shapes/urls";
import type { RunRecord } from "../../store/history-records";
import type { RepositoryRecord } from "../../store/records";

/** The `github` context of a run, without the fields of a job: its token, its name and its workspace. */
export function githubContext(
  urls: Urls,
  repository: RepositoryRecord,
  run: RunRecord,
  event: Record<string, unknown>,
): Record<string, unknown> {
  return { ...githubValues(urls, repository, run), event };
}

/** The fields of the context that are strings. There are variables of the same names. */
export function githubValues(urls: Urls, repository: RepositoryRecord, run: RunRecord) {
  const fullName = `${repository.owner}/${repository.name}`;
  return {
    repository: fullName,
    repository_id: String(repository.id),
    repository_owner: repository.owner,
    ref: run.ref,
    ref_name: run.ref.replace(/^refs\/(heads|tags|pull)\//, ""),
    ref_type: run.ref.startsWith("refs/tags/") ? "tag" : "branch",
    sha: run.sha,
    base_ref: run.baseRef,
    head_ref: run.headRef,
    actor: run.actor,
    triggering_actor: run.triggeringActor,
    event_name: run.event,
    workflow: run.name,
    workflow_ref: `${fullName}/${run.path}@${run.ref}`,
    workflow_sha: run.sha,
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    server_url: urls.base,
    api_url: urls.api(""),
  };
}

/** The GITHUB_* variables of a run's steps. */
export function githubVariables(
  urls: Urls,
  repository: RepositoryRecord,
  run: RunRecord,
  job: { key: string; workspace: string; eventPath: string },
): Record<string, string> {
  const values = Object.entries(githubValues(urls, repository, run));
  return {
    CI: "true",
    GITHUB_ACTIONS: "true",
    ...Object.fromEntries(values.map(([name, value]) => [`GITHUB_${name.toUpperCase()}`, value])),
    GITHUB_JOB: job.key,
    GITHUB_WORKSPACE: job.workspace,
    GITHUB_EVENT_PATH: job.eventPath,
    RUNNER_OS: RUNNER.os,
    RUNNER_ARCH: RUNNER.arch,
    RUNNER_NAME: RUNNER.name,
  };
}

/** The `runner` context, without its folder. */
export const RUNNER = {
  os: process.platform === "darwin" ? "macOS" : "Linux",
  arch: process.arch === "arm64" ? "ARM64" : "X64",
  name: "sandbox",
};
