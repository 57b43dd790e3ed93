import type { Approval } from "../history/deployment";
import type { Finding, Unread } from "../drift/finding";
import type { AutomaticWaitReason } from "./wait-reason";

/** The state of services and environments, and what waits. Plain JSON. */
export interface Status {
  /** `owner/name`. */
  readonly repository: string;
  /** When it was read, ISO 8601 in UTC. */
  readonly at: string;
  /** In the order in which a change flows through them. */
  readonly environments: readonly (EnvironmentStatus & PlatformStatus)[];
  readonly services: readonly ServiceStatus[];
  readonly waiting: Reading<readonly WaitingPull[]>;
  /** The versions that an environment is to get without a person's request. */
  readonly automatic: Reading<readonly PendingPromotion[]>;
}

/** A version that is ahead of an environment which gets versions automatically. */
export interface PendingPromotion {
  readonly service: string;
  /** The environment that it is promoted from. */
  readonly from: string;
  readonly to: string;
  /** `tag` or `tag@digest`. */
  readonly image: string;
  readonly waitsFor: AutomaticWaitReason;
}

/** The data of a source; or that it has none; or why it could not be read. */
export type Reading<T> =
  | { readonly state: "known"; readonly value: T }
  | { readonly state: "nothing known" }
  | { readonly state: "out of reach"; readonly reason: string };

export interface EnvironmentStatus {
  readonly name: string;
  /** The branch that it follows: `main`, or `env/<name>`. */
  readonly branch: string;
  /** Whether charts on `main` wait for their release. */
  readonly chartsWait: boolean;
}

/** The state of the platform itself in an environment's cluster. Empty if the cluster was not asked. */
export interface PlatformStatus {
  /** What is wrong with the Application that applies the catalogue; null: nothing is, or it is not known. */
  readonly catalogue: CatalogueProblem | null;
  /** Changes of what the Pulumi program created, such as Argo CD's settings. */
  readonly findings: readonly Finding[];
  /** What could not be searched for undeclared changes. */
  readonly unread: readonly Unread[];
}

/** Why services may not be as the catalogue declares them in an environment. */
export interface CatalogueProblem {
  /** The Application's health and comparison with Git, as in {@link Running}. */
  readonly health: string;
  readonly sync: string | null;
  readonly alarms: readonly Alarm[];
  /** Argo CD's errors. */
  readonly errors: readonly string[];
}

export interface ServiceStatus {
  readonly name: string;
  /** One for each environment of the status, in that order. */
  readonly environments: readonly ServiceInEnvironment[];
}

export interface ServiceInEnvironment {
  readonly environment: string;
  /** The version on the branch that the environment follows; null where it has no values of the service. */
  readonly declared: DesiredVersion | null;
  /** The version on `main` that waits for its release; null where nothing waits. */
  readonly waits: PendingVersion | null;
  /** True where the service is retired: its workload is deleted, and its namespace stays. */
  readonly retired?: true;
  readonly runs: Reading<Running>;
  readonly alarms: readonly Alarm[];
  /** Undeclared changes; empty if there are none or the cluster was not asked. */
  readonly findings: readonly Finding[];
}

/** The version that Git declares. */
export interface DesiredVersion {
  /** `tag` or `tag@digest`; null where the values have no image. */
  readonly image: string | null;
  /** Registry and path of the image; null where the values have none. */
  readonly repository: string | null;
  /** When, by which commit and by whom the image was deployed; null where the history does not show it. */
  readonly came: {
    readonly at: string;
    readonly commit: string;
    readonly by: readonly string[];
    readonly approval: Approval;
  } | null;
}

/** A version that waits on `main` for its release. */
export interface PendingVersion {
  /** The image on `main`; null where the service is removed there. */
  readonly image: string | null;
  /** Whether other values wait too. */
  readonly configuration: boolean;
}

/** The live state of a service, from its cluster or from the cluster's reports to GitHub. */
export interface Running {
  readonly source: "cluster" | "GitHub deployments";
  /** `tag`, `tag@digest` or `@digest`; null where the source does not have it, as below, or has several versions. */
  readonly image: string | null;
  /** Registry and path of the image. */
  readonly repository: string | null;
  /** The commit that was applied last. */
  readonly commit: string | null;
  /** The commit that the cluster was compared with last. */
  readonly compared: string | null;
  /** The target revision of each source, such as `refs/heads/main`. */
  readonly follows: readonly string[] | null;
  /** Argo CD's health status: Healthy, Progressing, Degraded, Missing, Suspended, Unknown. */
  readonly health: string;
  /** Synced, OutOfSync or Unknown. */
  readonly sync: string | null;
  /** Whether the cluster differs from the commit that was applied last: a live edit. */
  readonly drift: boolean | null;
  /** When it was reported; null: it was read just now. */
  readonly at: string | null;
}

/** An open pull request of the platform, or into an environment's branch. */
export interface WaitingPull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  /** The source branch; a fork's as `owner:branch`. */
  readonly head: string;
  /** The newest commit of the source branch. */
  readonly commit: string;
  /** The target branch. */
  readonly base: string;
  readonly since: string;
  /** The requested reviewers: `@login`, `@organisation/team`. */
  readonly reviewers: readonly string[];
  /** The newest result of each check on that commit: `success`, `failure` and so on, or `running`. */
  readonly checks: Readonly<Record<string, string>>;
}

/** A state that should be impossible: somebody bypassed the branch that the environment follows. */
export type Alarm =
  /** The cluster applied, or is compared with, a commit that the branch never pointed to. */
  | { readonly kind: "off-branch"; readonly revision: string; readonly branch: string }
  /** The cluster does not follow the branch by its full name. */
  | { readonly kind: "other-branch"; readonly follows: readonly string[]; readonly expected: string }
  /** The cluster is Synced and Healthy at the branch's newest commit, but runs an image of another repository. */
  | { readonly kind: "other-image"; readonly runs: string; readonly declared: string };
