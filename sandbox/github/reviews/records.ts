/** A review of a pull request. */
export interface ReviewRecord {
  id: number;
  /** Login of the reviewer. */
  user: string;
  state: "PENDING" | "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  body: string;
  /** The head commit that was reviewed. */
  commitId: string;
  /** What the pull request changed at that moment (see diff-state.ts). */
  diff: string;
  /** Null while it is pending. */
  submittedAt: string | null;
}

/** A comment on a line or file of a pull request. Each one that answers none starts a thread. */
export interface ReviewCommentRecord {
  id: number;
  user: string;
  body: string;
  path: string;
  line: number | null;
  commitId: string;
  /** The comment that it answers. */
  inReplyTo: number | null;
  createdAt: string;
  updatedAt: string;
}

/** Something that happened to a pull request, of what this server tells later. */
export interface IssueEventRecord {
  id: number;
  event: "closed" | "reopened" | "base_ref_changed";
  /** Login of the account that did it. */
  actor: string;
  createdAt: string;
}

/** A comment on the conversation of a pull request. */
export interface IssueCommentRecord {
  id: number;
  user: string;
  body: string;
  createdAt: string;
  updatedAt: string;
}
