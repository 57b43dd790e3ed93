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
