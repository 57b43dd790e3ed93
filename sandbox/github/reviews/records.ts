/** A review of a pull request. */
export interface ReviewRecord {
  id: number;
  /** Login of the reviewer. */
  user: string;
  state: "PENDING" | "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  body: string;
  /** The head commit that was reviewed. */
  commitId: string;
  /** Identifier of the reviewed difference (see diff-state.ts). */
  diff: string;
  /** Null while it is pending. */
  submittedAt: string | null;
}

/** A comment on a line or file of a pull request. Each comment that is not a reply starts a thread. */
export interface ReviewCommentRecord {
  id: number;
  user: string;
  body: string;
  path: string;
  line: number | null;
  commitId: string;
  /** The comment that it replies to. */
  inReplyTo: number | null;
  createdAt: string;
  updatedAt: string;
}

/** An event of a pull request that the API lists. */
export interface IssueEventRecord {
  id: number;
  event: "closed" | "reopened" | "base_ref_changed";
  /** Login of the person or App that caused it. */
  actor: string;
  createdAt: string;
}

/** A comment in the conversation of a pull request. */
export interface IssueCommentRecord {
  id: number;
  user: string;
  body: string;
  createdAt: string;
  updatedAt: string;
}
