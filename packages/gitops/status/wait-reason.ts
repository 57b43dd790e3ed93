import { ENVIRONMENT_BRANCHES } from "@gitops-platform/contract/branches";
import { checkName } from "@gitops-platform/contract/checks";
import type { WaitingPull } from "./model";

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
