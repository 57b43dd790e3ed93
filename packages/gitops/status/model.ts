import type { Approval } from "../history/deployment";
import type { Finding, Unread } from "../drift/finding";
import { ENVIRONMENT_BRANCHES } from "@gitops-platform/contract/branches";
import { checkName } from "@gitops-platform/contract/checks";

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
  /** True if the service skips the environment: its declaration does not name it, but one behind it. */
  readonly skipped?: true;
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

/** The next thing that a change waits for. */
export type WaitReason =
  | { readonly state: "correction"; readonly failed: readonly string[] }
  | { readonly state: "check"; readonly running: readonly string[] }
  | { readonly state: "review"; readonly by: readonly string[] }
  /** It has the approval that it needs, and has to be merged. */
  | { readonly state: "merge" }
  /** It is on `main`, and its release into the environment has no pull request yet. */
  | { readonly state: "release" }
  | AutomaticWaitReason;

/** What a version that is to be promoted automatically waits for. */
export type AutomaticWaitReason =
  /** From that time on, ISO 8601, it is promoted, if it is healthy until then. */
  | { readonly state: "promotion"; readonly at: string }
  /** The environment that it is promoted from does not run it yet, or not healthily, or that is not known for sure. */
  | { readonly state: "health"; readonly environment: string; readonly problem: HealthProblem }
  /** It is not promoted automatically. */
  | { readonly state: "person"; readonly because: keyof typeof LEFT_TO_PEOPLE }
  /** A person's pull request is on the way. */
  | { readonly state: "pull request"; readonly number: number };

/** `other-reporter`: not an App, as Argo CD's is, reported it last. */
export type HealthProblem = "not-deployed" | "not-healthy" | "other-reporter";

/** Why a version is not promoted automatically. */
const LEFT_TO_PEOPLE = {
  "had-it": "the environment had it before, and it was replaced",
  "moving-tag": "its tag does not identify one build",
  closed: "its pull request was closed",
};

/** Whether a person has to act. */
export function needsPerson({ state }: WaitReason): boolean {
  return ["correction", "review", "release", "person"].includes(state);
}

/** Works out the reason of an open pull request from its checks and requested reviewers. */
export function waitReasonOf({
  checks,
  reviewers,
  base,
}: Pick<WaitingPull, "checks" | "reviewers" | "base">): WaitReason {
  const [validate, fourEyes] = [checkName("validate", base), checkName("four-eyes", base)];
  // four-eyes fails while an approval is missing, and is running from the approval until the merge.
  const results = Object.entries(checks).filter(([name]) => name !== fourEyes);
  const named = (is: (result: string) => boolean) => results.filter(([, result]) => is(result)).map(([name]) => name);
  const failed = named((result) => !["success", "neutral", "skipped", "running"].includes(result));
  if (failed.length > 0) return { state: "correction", failed };
  const running = named((result) => result === "running");
  if (running.length > 0) return { state: "check", running };
  if (!(validate in checks)) return { state: "check", running: [validate] };
  const isApproved = ["running", "success"].includes(checks[fourEyes] ?? "");
  const needsReview = base.startsWith(ENVIRONMENT_BRANCHES) ? !isApproved : reviewers.length > 0;
  return needsReview ? { state: "review", by: reviewers } : { state: "merge" };
}

/** Completes the sentence "It waits for …". */
export function describeWaitReason(reason: WaitReason): string {
  switch (reason.state) {
    case "correction":
      return `a correction: ${reason.failed.join(", ")} failed`;
    case "check":
      return `the check ${reason.running.join(", ")}`;
    case "review":
      return `a review${reason.by.length > 0 ? ` by ${reason.by.join(", ")}` : ""}`;
    case "merge":
      return "its merge";
    case "release":
      return "its release to be requested";
    case "promotion":
      return `its automatic promotion after ${readableTime(reason.at)}, if it stays healthy`;
    case "health":
      return describeHealthProblem(reason.environment, reason.problem);
    case "person":
      return `a person to promote it: ${LEFT_TO_PEOPLE[reason.because]}`;
    case "pull request":
      return `#${reason.number}, which a person requested`;
  }
}

function describeHealthProblem(environment: string, problem: HealthProblem): string {
  switch (problem) {
    case "not-deployed":
      return `${environment} to run it`;
    case "not-healthy":
      return `it to be healthy in ${environment}`;
    case "other-reporter":
      return `Argo CD to report it from ${environment}: somebody else did so last`;
  }
}

/** `2026-11-28 14:30 UTC` */
function readableTime(at: string): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
