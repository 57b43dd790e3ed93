import type { Approval } from "../history/deployment";
import type { Finding, Unread } from "../drift/finding";

/** What is, at one moment: services and environments, and what waits. Plain JSON. */
export interface Status {
  /** `owner/name`. */
  readonly repository: string;
  /** When it was asked, ISO 8601 in UTC. */
  readonly at: string;
  /** In the order in which a change flows through them. */
  readonly environments: readonly (EnvironmentStatus & PlatformDrift)[];
  readonly services: readonly ServiceStatus[];
  readonly waiting: Reading<readonly WaitingPull[]>;
}

/** What a source says; or that it says nothing; or that it could not be asked, while the others could. */
export type Reading<T> =
  | { readonly state: "known"; readonly value: T }
  | { readonly state: "nothing known" }
  | { readonly state: "out of reach"; readonly reason: string };

/** What concerns an environment as a whole. */
export interface EnvironmentStatus {
  readonly name: string;
  /** The branch that it reads: `main`, or `env/<name>`. */
  readonly branch: string;
  /** Whether `main` has charts that wait for their release to it. */
  readonly chartsWait: boolean;
}

/** What was found in an environment's cluster that concerns no service alone. Empty where the cluster was not asked. */
export interface PlatformDrift {
  /** Changes of what the program made: Argo CD's settings. */
  readonly findings: readonly Finding[];
  /** What could not be looked at for undeclared changes. */
  readonly unread: readonly Unread[];
}

/** One service. */
export interface ServiceStatus {
  readonly name: string;
  /** One for each environment of the status, in that order. */
  readonly environments: readonly ServiceInEnvironment[];
}

/** One service in one environment. */
export interface ServiceInEnvironment {
  readonly environment: string;
  /** What the branch that the environment reads says; null where it has no values of the service. */
  readonly declared: Declared | null;
  /** What `main` says, where that waits for its release; null where nothing waits. */
  readonly waits: Waits | null;
  readonly runs: Reading<Running>;
  /** What does not fit to the branch; empty where all does. */
  readonly alarms: readonly Alarm[];
  /** What nobody declared, and Argo CD does not see; empty where there is nothing, or the cluster was not asked. */
  readonly findings: readonly Finding[];
}

/** A version as Git says it. */
export interface Declared {
  /** `tag` or `tag@digest`; null where the values have no image. */
  readonly image: string | null;
  /** Registry and path of the image; null where the values do not say it. */
  readonly repository: string | null;
  /** When, by which commit and by whom that image came; null where the history does not tell. */
  readonly came: {
    readonly at: string;
    readonly commit: string;
    readonly by: readonly string[];
    readonly approval: Approval;
  } | null;
}

/** What waits for a release. */
export interface Waits {
  /** The image on `main`; null where the service is removed there. */
  readonly image: string | null;
  /** Whether other values wait too. */
  readonly configuration: boolean;
}

/** What a cluster runs, by its own word or by what it reported to GitHub. */
export interface Running {
  readonly source: "cluster" | "GitHub deployments";
  /** `tag`, `tag@digest` or `@digest`; null where the source does not tell. */
  readonly image: string | null;
  /** Registry and path of the image; null where the source does not tell. */
  readonly repository: string | null;
  /** The commit that was applied last; null where the source does not tell. */
  readonly commit: string | null;
  /** The commit that the cluster was compared with last; null where the source does not tell. */
  readonly compared: string | null;
  /** What Argo CD follows, such as `refs/heads/main`, one for each source; null where that is not told. */
  readonly follows: readonly string[] | null;
  /** In Argo CD's words: Healthy, Progressing, Degraded, Missing, Suspended, Unknown. */
  readonly health: string;
  /** Synced, OutOfSync or Unknown; null where the source does not tell. */
  readonly sync: string | null;
  /**
   * Whether the cluster differs from the very commit that was applied: a live edit. Null where the source does not
   * tell.
   */
  readonly drift: boolean | null;
  /** When the source learnt it; null where that is now. */
  readonly at: string | null;
}

/** An open pull request of the platform, or into an environment's branch. */
export interface WaitingPull {
  readonly number: number;
  readonly url: string;
  readonly title: string;
  /** The branch that it comes from; a fork's as `owner:branch`. */
  readonly head: string;
  /** The commit that it brings. */
  readonly commit: string;
  /** The branch that it goes into. */
  readonly base: string;
  readonly since: string;
  /** Whose review is asked for: `@login`, `@organisation/team`. */
  readonly reviewers: readonly string[];
  /** The newest result of each check at its head: `success`, `failure` and so on, or `running`. */
  readonly checks: Readonly<Record<string, string>>;
}

/** Something about a service that should be impossible: somebody went past the branch that its environment follows. */
export type Alarm =
  /** The cluster applied, or compares itself with, a commit that was never the branch's. */
  | { readonly kind: "off-branch"; readonly revision: string; readonly branch: string }
  /** The cluster follows something else than the branch's full name. */
  | { readonly kind: "other-branch"; readonly follows: readonly string[]; readonly expected: string }
  /**
   * The cluster is settled at the branch's newest commit, and runs an image of another repository than its values say.
   */
  | { readonly kind: "other-image"; readonly runs: string; readonly declared: string };
