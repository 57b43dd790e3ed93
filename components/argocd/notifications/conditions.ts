/**
 * One condition of a trigger, in the words of Argo CD's notifications controller:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/notifications/triggers/
 */
export interface Condition {
  /** An expression over `app`, the Application. */
  readonly when: string;
  /** The templates of what is sent. */
  readonly send: readonly string[];
  /** The message is sent once for each value of this expression; absent: each time the condition becomes true. */
  readonly oncePer?: string;
}

/** The last sync, or the one that runs; absent before the first. In the words of templates, too. */
export const OPERATION = "app.status.operationState";

/**
 * The same for a condition's first question: an Application that Argo CD has not looked at yet has no status either.
 */
const POSSIBLE_OPERATION = "app.status?.operationState";

/** How that sync stands: Running, Succeeded, Failed, Error or Terminating. */
export const PHASE = `${POSSIBLE_OPERATION}?.phase`;

/**
 * The commit that the last sync brought, or tries to bring; empty where none is known. Not `status.sync.revision`: that
 * moves with every commit of the branch, whichever service it is about.
 */
export const REVISION = `(${POSSIBLE_OPERATION}?.syncResult?.revision ?? '')`;

/**
 * Automated syncs are retried without end, so their operation never becomes Failed: the third retry tells. Only between
 * two tries: the next one may be of another commit, and its success keeps the count.
 */
export const SYNC_FAILING =
  `(${PHASE} in ['Error', 'Failed'] or ` +
  `${PHASE} == 'Running' and ${OPERATION}.finishedAt != nil and (${OPERATION}.retryCount ?? 0) >= 3)`;

/**
 * Argo CD could not compare Git with the cluster for a minute: what Kubernetes refuses fails there already, before any
 * sync, and is no failed sync to it. A repository that cannot be reached for a moment is not told.
 */
export const COMPARISON_FAILING =
  "any(app.status?.conditions ?? [], .type == 'ComparisonError' and " +
  "time.Now().Sub(time.Parse(.lastTransitionTime)).Seconds() >= 60)";

/**
 * A sync succeeded, and the comparison that follows it was made. Argo CD waits for that comparison before it tells
 * anything, but compares whole seconds: within the second of the sync's end it would tell what was true before the
 * sync.
 */
export const SETTLED =
  `${PHASE} == 'Succeeded' and app.operation == nil and ` +
  `time.Now().Sub(time.Parse(${OPERATION}.finishedAt)).Seconds() >= 10`;
