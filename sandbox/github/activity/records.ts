/** What can happen to a branch. GitHub's `merge_queue_merge` is not among them: there are no merge queues here. */
export const ACTIVITY_TYPES = ["push", "force_push", "branch_creation", "branch_deletion", "pr_merge"] as const;
/** One of ACTIVITY_TYPES. */
export type ActivityType = (typeof ACTIVITY_TYPES)[number];

/** One accepted change of a branch. */
export interface ActivityRecord {
  /** Grows from one record to the next. */
  id: number;
  /** Full ref: refs/heads/main. */
  ref: string;
  /** Commit before and after; ZERO where there is none. */
  before: string;
  after: string;
  timestamp: string;
  type: ActivityType;
  /** Login of who pushed, merged, created or deleted. */
  actor: string;
}
