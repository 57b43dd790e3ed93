/** The kinds of activity. GitHub's `merge_queue_merge` is missing, because there are no merge queues here. */
export const ACTIVITY_TYPES = ["push", "force_push", "branch_creation", "branch_deletion", "pr_merge"] as const;
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

/** One accepted change of a branch. */
export interface ActivityRecord {
  /** Increases with each record. */
  id: number;
  /** Full ref: refs/heads/main. */
  ref: string;
  /** Commit before and after; ZERO if there is none. */
  before: string;
  after: string;
  timestamp: string;
  type: ActivityType;
  /** Login of the person or App that made the change. */
  actor: string;
}

/** One attempt to deliver an event. */
export interface DeliveryRecord {
  id: number;
  guid: string;
  hookId: number;
  repositoryId: number;
  event: string;
  payload: Record<string, unknown>;
  url: string;
  deliveredAt: string;
  redelivery: boolean;
  /** Seconds. */
  duration: number;
  status: string;
  statusCode: number;
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  responseBody: string;
}

/** The events that start workflows here. */
export type EventName =
  | "push"
  | "pull_request"
  | "pull_request_target"
  | "pull_request_review"
  | "workflow_run"
  | "workflow_dispatch"
  | "schedule";

/** `pending`: it waits for its concurrency group. */
export type RunStatus = "queued" | "pending" | "in_progress" | "completed";
/** The result of a run, a job or a step. */
export type RunConclusion = "success" | "failure" | "cancelled" | "skipped";

/** A step of a job. */
export interface StepRecord {
  name: string;
  number: number;
  status: "queued" | "in_progress" | "completed";
  conclusion: RunConclusion | null;
  startedAt: string | null;
  completedAt: string | null;
}

/** A job of a run. */
export interface JobRecord {
  /** Also the id of its check run on the head commit, as on GitHub. */
  id: number;
  /** Its key below `jobs:`. */
  key: string;
  /** Its `name:`, otherwise its key. */
  name: string;
  attempt: number;
  status: RunStatus;
  conclusion: RunConclusion | null;
  labels: string[];
  createdAt: string;
  startedAt: string;
  completedAt: string | null;
  steps: StepRecord[];
}

/** What starts a run of a workflow, and the commits that it is about. */
export interface RunCause {
  event: EventName;
  /** Activity type of a pull request, review or run; undefined for pushes and workflow_dispatch. */
  action?: string;
  /** GITHUB_REF. */
  ref: string;
  /** GITHUB_SHA: the workflow file is read from this commit too. */
  sha: string;
  /** The commit that the run's checks are reported on. */
  headSha: string;
  /** The branch of that commit; null for a tag. */
  headBranch: string | null;
  /** Pull requests only; otherwise empty. */
  baseRef: string;
  headRef: string;
  /** Number of preceding runs that started each other through workflow_run. */
  chain: number;
}

/** A run of a workflow. Its event and its logs are files in the folder `actions/<id>`. */
export interface RunRecord extends RunCause {
  id: number;
  repository: number;
  workflow: number;
  /** Path of the workflow's file. */
  path: string;
  /** The workflow's name. */
  name: string;
  /** The `run-name:`, otherwise GitHub's default title. */
  title: string;
  number: number;
  attempt: number;
  status: RunStatus;
  conclusion: RunConclusion | null;
  /** Login of the actor that caused the event. */
  actor: string;
  /** Login of the actor that started this attempt. */
  triggeringActor: string;
  /** Of workflow_dispatch; empty for all other events. */
  inputs: Record<string, string | boolean>;
  createdAt: string;
  startedAt: string;
  updatedAt: string;
  jobs: JobRecord[];
}

/** A known workflow file. It keeps its id even if the file is changed or deleted. */
export interface WorkflowRecord {
  id: number;
  repository: number;
  path: string;
  createdAt: string;
  /** The number of its newest run. */
  runs: number;
}
