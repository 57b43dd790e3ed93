import type { EventName } from "../workflow/triggers";

/** How a run or a job stands. `pending`: it waits for others of its concurrency group. */
export type RunStatus = "queued" | "pending" | "in_progress" | "completed";
/** How a run, a job or a step ended. */
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
  /** What it is called: `name:`, or else its key. */
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

/** A run of a workflow. Its event and its logs are files of the folder `actions/<id>`. */
export interface RunRecord {
  id: number;
  repository: number;
  workflow: number;
  /** The workflow's file. */
  path: string;
  /** The workflow's name. */
  name: string;
  /** What the run is called: `run-name:`, or else what happened. */
  title: string;
  event: EventName;
  action?: string;
  number: number;
  attempt: number;
  status: RunStatus;
  conclusion: RunConclusion | null;
  /** GITHUB_REF. */
  ref: string;
  /** GITHUB_SHA. */
  sha: string;
  headSha: string;
  headBranch: string | null;
  baseRef: string;
  headRef: string;
  /** Login of who caused the event. */
  actor: string;
  /** Login of who started this attempt. */
  triggeringActor: string;
  /** How many runs led to this one through workflow_run. */
  chain: number;
  /** Of workflow_dispatch; empty for all other events. */
  inputs: Record<string, string | boolean>;
  createdAt: string;
  startedAt: string;
  updatedAt: string;
  jobs: JobRecord[];
}

/** A workflow file that was seen: it keeps its id whatever becomes of the file. */
export interface WorkflowRecord {
  id: number;
  repository: number;
  path: string;
  createdAt: string;
  /** The number of its newest run. */
  runs: number;
}
