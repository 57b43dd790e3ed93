/** The possible states of a deployment. */
export const DEPLOYMENT_STATES = [
  "error",
  "failure",
  "inactive",
  "in_progress",
  "queued",
  "pending",
  "success",
] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

/** The state of a deployment at one moment. */
export interface DeploymentStatusRecord {
  id: number;
  state: DeploymentState;
  description: string;
  /** The deployment's environment at that moment. */
  environment: string;
  environmentUrl: string;
  logUrl: string;
  /** Login of its reporter. */
  creator: string;
  /** The App whose token reported it; null for a person's. */
  appId: number | null;
  createdAt: string;
}

/** The deployment of a commit to an environment. */
export interface DeploymentRecord {
  id: number;
  /** As requested: a branch, a tag or a commit. */
  ref: string;
  sha: string;
  task: string;
  payload: Record<string, unknown> | string;
  /** The current environment, and the one that it was created for. */
  environment: string;
  originalEnvironment: string;
  description: string | null;
  /** Whether the environment is temporary. */
  isTransient: boolean;
  /** Whether end users use the environment directly. */
  isProduction: boolean;
  creator: string;
  appId: number | null;
  createdAt: string;
  updatedAt: string;
  /** Oldest first. */
  statuses: DeploymentStatusRecord[];
}
