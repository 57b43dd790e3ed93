import { setTimeout } from "node:timers/promises";
import { RequestError } from "@octokit/request-error";
import { judge } from "../four-eyes/judge";
import { FOUR_EYES } from "../four-eyes/past-second-person";
import { approvalsOf } from "../github/approvals";
import { newestRun } from "../github/checks";
import { releaseByNumber, type ReleasePull } from "../github/release-pulls";
import { formatMessage } from "../git/message";
import type { Session } from "../session";
import { describe } from "./description";
import type { Unit } from "./unit";
import { environmentBranch } from "../../environments/catalogue";
import { remoteBranch } from "../git/refs";

/** A release was let in, or what it waits for. */
export type Merge = { readonly merged: string } | { readonly waitsFor: string };

/** Merges a unit's release where it is approved and its checks succeeded. GitHub asks for the same once more, and for owners, when it merges. */
export async function mergeIfApproved(session: Session, unit: Unit, number: number): Promise<Merge> {
  // Most wait for an approval: that is one call.
  if ((await approvalsOf(session, number)).length === 0) return { waitsFor: "Waits for an approval." };
  const pull = await releaseByNumber(session, number);
  if (pull?.state !== "open") return { waitsFor: "Was closed meanwhile." };
  const missing = await missingChecks(session, pull);
  if (missing !== undefined) return { waitsFor: missing };
  // Judged again: an approval that came after the check may be by somebody who had a part in it.
  const { conclusion, title } = await judge(session, pull);
  if (conclusion === "failure") return { waitsFor: `${title}.` };
  const state = await mergeableState(session, number);
  if (!MERGEABLE.includes(state)) return { waitsFor: `GitHub says that it is ${state}.` };
  return merge(session, unit, pull);
}

/** `unstable`: a check failed, or runs, that nobody requires. */
const MERGEABLE = ["clean", "unstable", "has_hooks"];

async function missingChecks(session: Session, { head }: ReleasePull): Promise<string | undefined> {
  for (const name of ["validate", FOUR_EYES]) {
    const run = await newestRun(session, name, head);
    if (run?.conclusion !== "success") return `Waits for the check ${name}: ${run?.title ?? "not there yet"}.`;
  }
  return undefined;
}

/** GitHub works out whether a pull request can be merged when it is asked, and knows it a moment later. */
async function mergeableState({ github, repository }: Session, number: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const { data } = await github.rest.pulls.get({ ...repository, pull_number: number });
    if (data.mergeable !== null || attempt === ATTEMPTS) return data.mergeable_state;
    await setTimeout(PAUSE);
  }
}

const ATTEMPTS = 10;
/** In milliseconds. */
const PAUSE = 1_000;

async function merge({ clone, github, repository }: Session, unit: Unit, pull: ReleasePull): Promise<Merge> {
  const { trailers } = await describe(clone, unit, remoteBranch(environmentBranch(unit.environment)), pull.head);
  // GitHub puts the title before it.
  const message = formatMessage("", { ...trailers, "Pull-Request": String(pull.number) }).trim();
  try {
    const { data } = await github.rest.pulls.merge({
      ...repository,
      pull_number: pull.number,
      merge_method: "merge",
      sha: pull.head,
      commit_title: `${pull.title} (#${pull.number})`,
      commit_message: message,
    });
    return { merged: data.sha };
  } catch (error) {
    // Not (or no longer) mergeable, or its head moved: the next run looks again.
    const isRefused = error instanceof RequestError && (error.status === 405 || error.status === 409);
    if (!isRefused) throw error;
    return { waitsFor: `GitHub refuses to merge it: ${error.message}` };
  }
}
