/**
 * One condition of a trigger of Argo CD's notifications controller:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/
 */
export interface Condition {
  /** An expression about `app`, the Application. */
  readonly when: string;
  /** The names of the templates to send. */
  readonly send: readonly string[];
  /** The message is sent once for each value of this expression. Default: each time the condition becomes true. */
  readonly oncePer?: string;
}

/** The running sync, or the last one; absent before the first. The path is valid in templates too. */
export const OPERATION = "app.status.operationState";

/** The same where `status` may be absent too, as in an Application that Argo CD has not processed yet. */
const POSSIBLE_OPERATION = "app.status?.operationState";

/** The phase of that sync: Running, Succeeded, Failed, Error or Terminating. */
export const PHASE = `${POSSIBLE_OPERATION}?.phase`;

/**
 * The commit that the last sync deployed or tries to deploy; empty if unknown. Not `status.sync.revision`, which
 * changes with every commit of the branch, whichever service it concerns.
 */
export const REVISION = `(${POSSIBLE_OPERATION}?.syncResult?.revision ?? '')`;

/**
 * Automated syncs are retried without limit and never become Failed, so the third retry counts as failing. Checked only
 * between two attempts: the next one may use another commit, and its success does not reset the count.
 */
export const SYNC_FAILING =
  `(${PHASE} in ['Error', 'Failed'] or ` +
  `${PHASE} == 'Running' and ${OPERATION}.finishedAt != nil and (${OPERATION}.retryCount ?? 0) >= 3)`;

/**
 * Argo CD could not compare Git with the cluster for a minute. Objects that Kubernetes refuses fail at this point,
 * before any sync, so they are not failed syncs. The minute skips a repository that is briefly unreachable.
 */
export const COMPARISON_FAILING =
  "any(app.status?.conditions ?? [], .type == 'ComparisonError' and " +
  "time.Now().Sub(time.Parse(.lastTransitionTime)).Seconds() >= 60)";

/**
 * A sync succeeded, and the comparison after it is complete. Argo CD waits for that comparison before it notifies, but
 * its timestamps are whole seconds: within the second in which the sync ended it would report the state before the
 * sync.
 */
export const SETTLED =
  `${PHASE} == 'Succeeded' and app.operation == nil and ` +
  `time.Now().Sub(time.Parse(${OPERATION}.finishedAt)).Seconds() >= 10`;
