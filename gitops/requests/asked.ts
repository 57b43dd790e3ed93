/** Who is behind a workflow's run, by the variables in which workflows pass what GitHub says. */
export interface Asked {
  /** Who started this attempt: `github.triggering_actor`. */
  readonly GITOPS_REQUESTED_BY: string;
  /** Who started the run first, with its inputs: `github.actor`. Another, where somebody runs it once more. */
  readonly GITOPS_STARTED_BY: string;
}

/** Reads them from the environment; "" where a variable is not set. */
export function askedBy(env: NodeJS.ProcessEnv = process.env): Asked {
  return { GITOPS_REQUESTED_BY: env.GITOPS_REQUESTED_BY ?? "", GITOPS_STARTED_BY: env.GITOPS_STARTED_BY ?? "" };
}

/** Whether a command runs as a workflow, by the App's key, and not by somebody's own token. */
export function isWorkflow(env: NodeJS.ProcessEnv = process.env): boolean {
  return (env.GITOPS_BOT ?? "") !== "";
}
