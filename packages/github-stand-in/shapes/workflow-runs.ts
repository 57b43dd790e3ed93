import type { components } from "@octokit/openapi-types";
import type { JobRecord, RunRecord, WorkflowRecord } from "../store/history-records";
import type { RepositoryRecord } from "../store/records";
import { author } from "./pulls";
import { repository as repositoryShape, type ShapeContext } from "./repositories";
import { encodePath, nodeId } from "./urls";

type Schemas = components["schemas"];

/** A workflow; `name` is the current name in its file. */
export function workflowShape(
  { urls }: ShapeContext,
  repository: RepositoryRecord,
  workflow: WorkflowRecord,
  name: string,
): Schemas["workflow"] {
  const file = workflow.path.split("/").at(-1) ?? "";
  return {
    id: workflow.id,
    node_id: nodeId("Workflow", workflow.id),
    name,
    path: workflow.path,
    state: "active",
    created_at: workflow.createdAt,
    updated_at: workflow.createdAt,
    url: urls.repo(repository, `/actions/workflows/${workflow.id}`),
    html_url: urls.html(repository, `/blob/${repository.settings.default_branch}/${encodePath(workflow.path)}`),
    badge_url: urls.html(repository, `/actions/workflows/${encodeURIComponent(file)}/badge.svg`),
  };
}

/** A run of a workflow. */
export function workflowRunShape(
  context: ShapeContext,
  repository: RepositoryRecord,
  run: RunRecord,
): Schemas["workflow-run"] {
  const { urls } = context;
  const url = urls.repo(repository, `/actions/runs/${run.id}`);
  const whole = repositoryShape(context, repository);
  return {
    id: run.id,
    name: run.name,
    node_id: nodeId("WorkflowRun", run.id),
    head_branch: run.headBranch,
    head_sha: run.headSha,
    path: run.path,
    run_number: run.number,
    run_attempt: run.attempt,
    event: run.event,
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: run.workflow,
    url,
    html_url: urls.html(repository, `/actions/runs/${run.id}`),
    pull_requests: pullsOf(context, repository, run),
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.startedAt,
    actor: author(context, run.actor),
    triggering_actor: author(context, run.triggeringActor),
    jobs_url: `${url}/jobs`,
    logs_url: `${url}/logs`,
    check_suite_url: urls.repo(repository, `/check-suites/${run.id}`),
    artifacts_url: `${url}/artifacts`,
    cancel_url: `${url}/cancel`,
    rerun_url: `${url}/rerun`,
    workflow_url: urls.repo(repository, `/actions/workflows/${run.workflow}`),
    head_commit: null,
    repository: { ...whole, license: null },
    head_repository: { ...whole, license: null },
    display_title: run.title,
  };
}

function pullsOf(
  { urls }: ShapeContext,
  repository: RepositoryRecord,
  run: RunRecord,
): Schemas["pull-request-minimal"][] {
  const side = ({ ref, sha }: { ref: string; sha: string }) => ({
    ref,
    sha,
    repo: { id: repository.id, url: urls.repo(repository), name: repository.name },
  });
  return repository.pullRequests
    .filter(({ state, head }) => state === "open" && head.sha === run.headSha && head.ref === run.headBranch)
    .map((pull) => ({
      id: pull.id,
      number: pull.number,
      url: urls.repo(repository, `/pulls/${pull.number}`),
      head: side(pull.head),
      base: side(pull.base),
    }));
}

/** A job of a run. */
export function jobShape(
  { urls }: ShapeContext,
  repository: RepositoryRecord,
  run: RunRecord,
  job: JobRecord,
): Schemas["job"] {
  return {
    id: job.id,
    run_id: run.id,
    run_url: urls.repo(repository, `/actions/runs/${run.id}`),
    run_attempt: job.attempt,
    node_id: nodeId("CheckRun", job.id),
    head_sha: run.headSha,
    url: urls.repo(repository, `/actions/jobs/${job.id}`),
    html_url: urls.html(repository, `/actions/runs/${run.id}/job/${job.id}`),
    status: job.status,
    conclusion: job.conclusion,
    created_at: job.createdAt,
    started_at: job.startedAt,
    completed_at: job.completedAt,
    name: job.name,
    steps: job.steps.map(({ name, number, status, conclusion, startedAt, completedAt }) => ({
      ...{ name, number, status, conclusion },
      started_at: startedAt,
      completed_at: completedAt,
    })),
    check_run_url: urls.repo(repository, `/check-runs/${job.id}`),
    labels: job.labels,
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    workflow_name: run.name,
    head_branch: run.headBranch,
  };
}
