import type { CheckRunRecord, StatusRecord } from "./checks/records";
import type { DeploymentRecord } from "./deployments/records";
import type { IssueCommentRecord, IssueEventRecord, ReviewCommentRecord, ReviewRecord } from "./reviews/records";
import type { Ruleset } from "./rulesets/schema";

/** What a person or program may do in a repository, weakest first. */
export const PERMISSIONS = ["none", "read", "triage", "write", "maintain", "admin"] as const;
/** One of PERMISSIONS. */
export type Permission = (typeof PERMISSIONS)[number];

/** An organisation, a person, or the bot of an App. */
export interface AccountRecord {
  id: number;
  login: string;
  type: "User" | "Organization" | "Bot";
  name: string | null;
  email: string | null;
  createdAt: string;
  /** Organisations only: login → role of each member. */
  members: Record<string, "admin" | "member">;
  /** Organisations only: what every member may do in every repository. GitHub's default: read. */
  basePermission: Permission;
  /** Organisations only: what GitHub is paid. Owners see it. */
  plan: "free" | "team" | "enterprise";
  /** People and bots: owner/name in lower case → right that the seed gives for that repository. */
  grants: Record<string, Permission>;
  /** Bots only: the App that acts by this account. */
  app: AppIdentity | null;
}

/** Which GitHub App something comes from. */
export interface AppIdentity {
  id: number;
  slug: string;
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
  /** owner/name in lower case → what the team may do there. */
  repositories: Record<string, Permission>;
}

/** A repository's settings, by the names that GitHub's API has for them. */
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

/** A deploy key. It is kept and listed; there is no SSH here. */
export interface DeployKeyRecord {
  id: number;
  title: string;
  key: string;
  readOnly: boolean;
  createdAt: string;
  addedBy: string;
}

/** A value with its name and times: an Actions variable. Secrets have no value here: `secrets.ts` keeps those. */
export interface NamedValue {
  name: string;
  value: string;
  createdAt: string;
  updatedAt: string;
}

/** A deployment environment, its settings as they were sent. */
export interface EnvironmentRecord {
  id: number;
  name: string;
  createdAt: string;
  updatedAt: string;
  settings: Record<string, unknown>;
  variables: NamedValue[];
  secrets: NamedValue[];
  /** Branches and tags that may deploy, where its deployment_branch_policy is custom. */
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
  /** Login of who opened it. */
  author: string;
  head: { ref: string; sha: string };
  base: { ref: string; sha: string };
  createdAt: string;
  updatedAt: string;
  closedAt: string | null;
  merged: { at: string; by: string; sha: string } | null;
  /** The newest push that changed what the pull request changes. */
  lastPush: { by: string; sha: string };
  /** Logins and team slugs whose review is asked for. */
  requested: { users: string[]; teams: string[] };
  labels: string[];
  reviews: ReviewRecord[];
  reviewComments: ReviewCommentRecord[];
  comments: IssueCommentRecord[];
  /** Oldest first. */
  events: IssueEventRecord[];
}

/** A repository and everything that goes with it. Its Git data are in the folder `<id>.git`. */
export interface RepositoryRecord {
  id: number;
  /** Login of the account it belongs to. */
  owner: string;
  name: string;
  settings: RepositorySettings;
  topics: string[];
  vulnerabilityAlerts: boolean;
  createdAt: string;
  updatedAt: string;
  pushedAt: string;
  /** Login → permission given to that person for this repository. */
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
  /** Commits that this server made for somebody and would have signed. */
  signed: string[];
  /** Full ref → login of who pushed it last. */
  pushers: Record<string, string>;
  actions: ActionsSettings;
}

/** A repository's settings of GitHub Actions. */
export interface ActionsSettings {
  /** What GitHub Actions' own token may do. */
  defaultPermissions: "read" | "write";
  canApprove: boolean;
  /** Whether any workflow runs. */
  enabled: boolean;
  /** Whose actions workflows may use; `selected` says which. */
  allowed: "all" | "local_only" | "selected";
  selected: {
    github_owned_allowed?: boolean | undefined;
    verified_allowed?: boolean | undefined;
    patterns_allowed?: string[] | undefined;
  };
}

/** The whole database file. */
export interface Records {
  /** The next free id. Every kind of record takes from it. */
  nextId: number;
  accounts: AccountRecord[];
  teams: TeamRecord[];
  repositories: RepositoryRecord[];
}
