/** How a deployment can stand. */
export const DEPLOYMENT_STATES = [
  "error",
  "failure",
  "inactive",
  "in_progress",
  "queued",
  "pending",
  "success",
] as const;
/** One of DEPLOYMENT_STATES. */
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** How a deployment stood at a moment. */
export interface DeploymentStatusRecord {
  id: number;
  state: DeploymentState;
  description: string;
  /** The deployment's environment at that moment. */
  environment: string;
  environmentUrl: string;
  logUrl: string;
  /** Login of who reported it. */
  creator: string;
  /** The App whose token reported it; null for a person's. */
  appId: number | null;
  createdAt: string;
}

/** A commit that somebody deploys, or has deployed, to an environment. */
export interface DeploymentRecord {
  id: number;
  /** As it was asked for: a branch, a tag or a commit. */
  ref: string;
  sha: string;
  task: string;
  payload: Record<string, unknown> | string;
  /** The present environment, and the one that it was made for. */
  environment: string;
  originalEnvironment: string;
  description: string | null;
  /** Whether the environment goes when its work is done. */
  isTransient: boolean;
  /** Whether end users meet it. */
  isProduction: boolean;
  creator: string;
  appId: number | null;
  createdAt: string;
  updatedAt: string;
  /** Oldest first. */
  statuses: DeploymentStatusRecord[];
}
