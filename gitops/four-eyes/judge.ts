import { describeError } from "../describe-error";
import { isAboutOne } from "../github/about-one";
import { approvalsOf } from "../github/approvals";
import { newestRun, setCheck } from "../github/checks";
import { involvedIn } from "../github/people";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { type Verdict, verdict, WAITS } from "./verdict";

/** The check that says whether a release was approved by somebody who had no part in it. */
export const FOUR_EYES = "four-eyes";

/** Judges a release as it stands: who had a part in it, and who approves it. What cannot be judged fails, and holds up no other. */
export async function judge(session: Session, pull: ReleasePull): Promise<Verdict> {
  if (!pull.isOwn) return FROM_FORK;
  try {
    return await judgeOwn(session, pull);
  } catch (error) {
    if (!isAboutOne(error)) throw error;
    return { ...FROM_FORK, title: "Could not be judged", summary: describeError(error) };
  }
}

async function judgeOwn(session: Session, pull: ReleasePull): Promise<Verdict> {
  const { clone } = session;
  await clone.fetch(`+refs/pull/${pull.number}/head:refs/pull/${pull.number}/head`);
  const base = `origin/env/${pull.environment}`;
  const [involved, approvals] = [await involvedIn(session, { ...pull, base }), await approvalsOf(session, pull.number)];
  return verdict(approvals, involved, pull.head);
}

/**
 * Whether the check says already that a release waits for its first approval, and it still does. Of many open ones most do, and that takes two calls
 * of GitHub's API; who had a part in it does not matter before somebody approves.
 */
export async function stillWaits(session: Session, { number, head }: ReleasePull): Promise<boolean> {
  const present = await newestRun(session, FOUR_EYES, head);
  return (
    present?.title === WAITS && present.conclusion === "failure" && (await approvalsOf(session, number)).length === 0
  );
}

/** Sets the check on a release, where it does not say the same already. */
export async function report(session: Session, { head }: ReleasePull, result: Verdict): Promise<void> {
  const { conclusion, title, summary } = result;
  const present = await newestRun(session, FOUR_EYES, head);
  if (present?.conclusion === conclusion && present.title === title && present.summary === summary) return;
  await setCheck(session, FOUR_EYES, head, { conclusion, title, summary });
}

const FROM_FORK: Verdict = {
  conclusion: "failure",
  title: "Comes from a fork",
  summary: "Who pushed to a fork is not known here. Push the branch to this repository and open it from there.",
  approvers: [],
  involved: [],
};
