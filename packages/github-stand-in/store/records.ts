import type { Permission } from "./permissions";
import type { Ruleset } from "./ruleset-schema";

/** An organisation, a person, or the bot account of an App. */
export interface AccountRecord {
  id: number;
  login: string;
  type: "User" | "Organization" | "Bot";
  name: string | null;
  email: string | null;
  createdAt: string;
  /** Organisations only: login → role of each member. */
  members: Record<string, "admin" | "member">;
  /** Organisations only: the permission of every member in every repository. GitHub's default: read. */
  basePermission: Permission;
  /** Organisations only: the billing plan, visible to owners. */
  plan: "free" | "team" | "enterprise";
  /** People and bots: owner/name in lower case → permission from the seed. */
  grants: Record<string, Permission>;
  /** Bots only: the App that acts with this account. */
  app: AppIdentity | null;
}

/** The id and slug of a GitHub App. */
export interface AppIdentity {
  id: number;
  slug: string;
}

/** A GitHub App, and its only installation. */
export interface AppRecord extends AppIdentity {
  name: string;
  /** Login of the owner. Null: a seed names none. */
  owner: string | null;
  description: string | null;
  /** The page of the App outside GitHub. */
  externalUrl: string;
  /** Permission → access level, both as GitHub names them. */
  permissions: Record<string, "read" | "write">;
  /** PEM of the key with which its JWTs are verified. Null: it has none. */
  publicKey: string | null;
  createdAt: string;
  /** Whether it is of the seed, which a later start may lack. */
  seeded: boolean;
  /** Null: it is not installed. */
  installation: InstallationRecord | null;
}

/** The installation of an App in an account. */
export interface InstallationRecord {
  id: number;
  /** `owner/name`, or `owner/*` for all of an owner's repositories. */
  repositories: string[];
  createdAt: string;
}

/** A team of an organisation. */
export interface TeamRecord {
  id: number;
  /** Login of the organisation. */
  organization: string;
  slug: string;
  name: string;
  description: string | null;
  /** `secret` teams are not visible, so they cannot own code. */
  privacy: "closed" | "secret";
  /** Login → role of each member. */
  members: Record<string, "member" | "maintainer">;
  /** owner/name in lower case → the team's permission. */
  repositories: Record<string, Permission>;
}

/** A repository's settings, with the names of GitHub's API. */
export interface RepositorySettings {
  description: string | null;
  homepage: string | null;
  visibility: "public" | "private" | "internal";
  default_branch: string;
  archived: boolean;
  is_template: boolean;
  has_issues: boolean;
  has_projects: boolean;
  has_wiki: boolean;
  has_discussions: boolean;
  has_downloads: boolean;
  allow_forking: boolean;
  allow_merge_commit: boolean;
  allow_squash_merge: boolean;
  allow_rebase_merge: boolean;
  allow_auto_merge: boolean;
  allow_update_branch: boolean;
  delete_branch_on_merge: boolean;
  web_commit_signoff_required: boolean;
  squash_merge_commit_title: "PR_TITLE" | "COMMIT_OR_PR_TITLE";
  squash_merge_commit_message: "PR_BODY" | "COMMIT_MESSAGES" | "BLANK";
  merge_commit_title: "PR_TITLE" | "MERGE_MESSAGE";
  merge_commit_message: "PR_BODY" | "PR_TITLE" | "BLANK";
}

/** A webhook of a repository. */
export interface HookRecord {
  id: number;
  active: boolean;
  /** Names of events, or `*`. */
  events: string[];
  config: { url: string; content_type: "json" | "form"; insecure_ssl: "0" | "1"; secret?: string };
  createdAt: string;
  updatedAt: string;
  lastResponse: { code: number | null; status: string; message: string | null };
}

/** A deploy key. It is only stored and listed, because there is no SSH here. */
export interface DeployKeyRecord {
  id: number;
  title: string;
  key: string;
  readOnly: boolean;
  createdAt: string;
  addedBy: string;
}

/** An Actions variable, or a secret. For a secret, `value` is empty: secrets.ts stores its value. */
export interface NamedValue {
  name: string;
  value: string;
  createdAt: string;
  updatedAt: string;
}

/** A deployment environment. Its settings are stored as they were sent. */
export interface EnvironmentRecord {
  id: number;
  name: string;
  createdAt: string;
  updatedAt: string;
  settings: Record<string, unknown>;
  variables: NamedValue[];
  secrets: NamedValue[];
  /** Branches and tags that can deploy, if its deployment_branch_policy is custom. */
  branchPolicies: { id: number; name: string; type: "branch" | "tag" }[];
}

/** A ruleset of a repository. */
export interface RulesetRecord extends Ruleset {
  id: number;
  createdAt: string;
  updatedAt: string;
}

/** A pull request between two branches of one repository. */
export interface PullRequestRecord {
  id: number;
  number: number;
  title: string;
  body: string | null;
  draft: boolean;
  state: "open" | "closed";
  /** Login of the person or App that opened it. */
  author: string;
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  merged: { at: string; by: string; sha: string } | null;
  /** The newest push that changed the pull request's difference. */
  lastPush: { by: string; sha: string };
  /** Logins and team slugs of the requested reviewers. */
  requested: { users: string[]; teams: string[] };
  labels: string[];
  reviews: ReviewRecord[];
  reviewComments: ReviewCommentRecord[];
  comments: IssueCommentRecord[];
  /** Oldest first. */
  events: IssueEventRecord[];
}

/** A repository with everything that belongs to it. Its Git data are in the folder `<id>.git`. */
export interface RepositoryRecord {
  id: number;
  /** Login of its owner. */
  owner: string;
  name: string;
  settings: RepositorySettings;
  topics: string[];
  vulnerabilityAlerts: boolean;
  createdAt: string;
  updatedAt: string;
  pushedAt: string;
  /** Login → permission of each collaborator. */
  collaborators: Record<string, Permission>;
  hooks: HookRecord[];
  keys: DeployKeyRecord[];
  environments: EnvironmentRecord[];
  variables: NamedValue[];
  secrets: NamedValue[];
  rulesets: RulesetRecord[];
  pullRequests: PullRequestRecord[];
  statuses: StatusRecord[];
  checkRuns: CheckRunRecord[];
  /** Oldest first. */
  deployments: DeploymentRecord[];
  /** Commits that this server created and GitHub would have signed. */
  signed: string[];
  /** Full ref → login of its last pusher. */
  pushers: Record<string, string>;
  actions: ActionsSettings;
}

/** A repository's settings of GitHub Actions. */
export interface ActionsSettings {
  /** The default permission of `GITHUB_TOKEN`. */
  defaultPermissions: "read" | "write";
  canApprove: boolean;
  /** Whether workflows run at all. */
  enabled: boolean;
  /** Which actions workflows can use; with `selected`, those in the field below. */
  allowed: "all" | "local_only" | "selected";
  selected: {
    github_owned_allowed?: boolean | undefined;
    verified_allowed?: boolean | undefined;
    patterns_allowed?: string[] | undefined;
  };
}

/** The content of the database file. */
export interface Records {
  /** The format of all records: see database.ts. */
  format: number;
  /** The next free id, shared by all kinds of records. */
  nextId: number;
  accounts: AccountRecord[];
  teams: TeamRecord[];
  repositories: RepositoryRecord[];
  /** Absent in data of earlier versions. */
  apps?: AppRecord[];
}

/** A review of a pull request. */
export interface ReviewRecord {
  id: number;
  /** Login of the reviewer. */
  user: string;
  state: "PENDING" | "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED";
  body: string;
  /** The head commit that was reviewed. */
  commitId: string;
  /** Identifier of the reviewed difference (see domain/reviews.ts). */
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

/** A commit status. */
export interface StatusRecord {
  id: number;
  sha: string;
  context: string;
  state: "error" | "failure" | "pending" | "success";
  description: string | null;
  targetUrl: string | null;
  /** Login of its creator. */
  creator: string;
  /** The App whose token created it; null for a person's. */
  appId: number | null;
  createdAt: string;
}

/** The possible conclusions of a check run. */
export const CONCLUSIONS = [
  "action_required",
  "cancelled",
  "failure",
  "neutral",
  "success",
  "skipped",
  "stale",
  "timed_out",
] as const;
export type Conclusion = (typeof CONCLUSIONS)[number];

/** A check run: only Apps can create one. */
export interface CheckRunRecord {
  id: number;
  sha: string;
  name: string;
  status: "queued" | "in_progress" | "completed";
  /** Null until it is completed. */
  conclusion: Conclusion | null;
  app: AppIdentity;
  startedAt: string;
  completedAt: string | null;
  detailsUrl: string | null;
  externalId: string;
  output: { title: string | null; summary: string | null; text: string | null };
}

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
