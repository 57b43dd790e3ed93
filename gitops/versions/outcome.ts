import { type Landed } from "../github/landing";
import type { PullRequest } from "../github/pulls";
import { describeKept, type Kept } from "./kept";

/** What a change of a service's version came to. */
export interface Outcome {
  readonly service: string;
  /** The environment whose values changed. */
  readonly environment: string;
  /** The version, as `sha-a1b2c3d` or `sha-a1b2c3d@sha256:…`. */
  readonly image: string;
  /** `already`: nothing was to do; `merged`: it is on `main`; `waits`: a review is missing. */
  readonly state: "already" | "merged" | "waits";
  /** What brought it, or is to. */
  readonly pullRequest?: PullRequest;
  /** The merge's commit. */
  readonly commit?: string;
  /** Whose review is missing. */
  readonly waitsFor?: string;
  /** The version that another change brought over it meanwhile. */
  readonly replacedBy?: string;
  /** The environment's branch, where it runs only once a release into that was approved. */
  readonly release?: string;
  /** What of the commits whose image a rollback undoes stays, because it is no image. Not there where nothing does. */
  readonly kept?: readonly Kept[];
  /** What was done, for people: `Deploy api sha-a1b2c3d to dev`. */
  readonly summary: string;
}

/** What the landing of a pull request adds to an outcome. */
export function landedOutcome(landed: Landed): Pick<Outcome, "state" | "pullRequest" | "commit" | "waitsFor"> {
  const pullRequest = { number: landed.number, url: landed.url };
  return landed.state === "merged"
    ? { state: "merged", pullRequest, commit: landed.commit }
    : { state: "waits", pullRequest, waitsFor: landed.for };
}

/** An outcome in one line; what stays of a version that goes back has a line of its own. */
export function describeOutcome(outcome: Outcome): string {
  const { summary, state, environment, pullRequest, waitsFor, replacedBy, release, kept = [] } = outcome;
  const line = {
    already: `${summary}: nothing to do, it is there already.`,
    merged: `${summary}: merged${pullRequest ? `, ${pullRequest.url}` : ""}`,
    waits: `${summary}: waits for ${waitsFor ?? "review"}, ${pullRequest?.url ?? ""}`,
  }[state];
  const more = [
    replacedBy === undefined ? "" : `${replacedBy} came after it.`,
    release === undefined || state === "waits"
      ? ""
      : `${environment} gets it when its release into ${release} is approved.`,
  ].filter((text) => text !== "");
  return [[line, ...more].join(" "), ...describeKept(kept)].join("\n");
}
