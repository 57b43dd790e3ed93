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
  | { readonly state: "release" };

/** Whether a person has to act. */
export function needsPerson({ state }: WaitReason): boolean {
  return state !== "check" && state !== "merge";
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
  }
}
