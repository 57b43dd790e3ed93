import { now } from "../../store/database";
import type { JobRecord, RunRecord } from "../../store/history-records";
import type { RepositoryRecord } from "../../store/records";
import type { Occurrence } from "../events/occurrence";
import { workflowName } from "../workflow/read";
import type { RunServices } from "./services";

/** The origin of a run. */
export interface RunOrigin {
  path: string;
  /** The content of the workflow's file. */
  text: string;
  occurrence: Occurrence;
  /** Of workflow_dispatch. */
  inputs: Record<string, string | boolean>;
}

/** Creates a queued run. */
export function newRun(
  { database, store }: Pick<RunServices, "database" | "store">,
  repository: RepositoryRecord,
  { path, text, occurrence, inputs }: RunOrigin,
): RunRecord {
  const { event, action, ref, sha, headSha, headBranch, baseRef, headRef, sender, chain } = occurrence;
  const workflow = store.workflow(repository.id, path);
  const name = workflowName(path, text);
  const time = now();
  return {
    id: database.nextId(),
    repository: repository.id,
    workflow: workflow.id,
    path,
    name,
    title: titleOf(occurrence) ?? name,
    event,
    ...(action === undefined ? {} : { action }),
    number: ++workflow.runs,
    attempt: 1,
    status: "queued",
    conclusion: null,
    ...{ ref, sha, headSha, headBranch, baseRef, headRef, chain, inputs },
    actor: sender,
    triggeringActor: sender,
    createdAt: time,
    startedAt: time,
    updatedAt: time,
    jobs: [],
  };
}

/**
 * GitHub's title of a run without `run-name`: the pull request's title, or the first line of the pushed commit's
 * message.
 */
function titleOf({ payload }: Occurrence): string | undefined {
  const { pull_request: pull, head_commit: commit } = payload as {
    pull_request?: { title: string };
    head_commit?: { message: string } | null;
  };
  return pull?.title ?? commit?.message.split("\n")[0];
}

/** Creates a queued job of a run. */
export function newJob(
  { database }: Pick<RunServices, "database">,
  run: RunRecord,
  { key, name, labels }: Pick<JobRecord, "key" | "name" | "labels">,
): JobRecord {
  const time = now();
  const record: JobRecord = {
    id: database.nextId(),
    key,
    name,
    labels,
    attempt: run.attempt,
    status: "queued",
    conclusion: null,
    createdAt: time,
    startedAt: time,
    completedAt: null,
    steps: [],
  };
  run.jobs.push(record);
  return record;
}
