import { describeError } from "../describe-error";
import { isAboutOne } from "../github/about-one";
import { type Approval, approvalsOf } from "../github/approvals";
import { newestRun, setCheck } from "../github/checks";
import { type Involved, involvedIn } from "../github/people";
import { untilRecorded } from "../github/pushers";
import type { ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { breakGlassOn, FOUR_EYES, pastSecondPerson } from "./past-second-person";
import { type Verdict, verdict, WAITS } from "./verdict";
import { environmentBranch } from "../../environments/catalogue";
import { fetchOfPull, remoteBranch } from "../git/refs";

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
  return judgeFacts(session, pull.head, await factsOf(session, pull));
}

/** What a release is judged by. */
export interface Facts {
  /** Who had a part in it. */
  readonly involved: readonly Involved[];
  /** Who approves it. */
  readonly approvals: readonly Approval[];
}

/** Who has a part in a release and who approves it, as it stands. */
export async function factsOf(session: Session, pull: ReleasePull): Promise<Facts> {
  await session.clone.fetch(fetchOfPull(pull.number));
  await untilRecorded(session, pull.branch, pull.head);
  const base = remoteBranch(environmentBranch(pull.environment));
  return { involved: await involvedIn(session, { ...pull, base }), approvals: await approvalsOf(session, pull.number) };
}

/** Judges a head by facts, and by whoever broke the glass for it. */
export async function judgeFacts(session: Session, head: string, { involved, approvals }: Facts): Promise<Verdict> {
  const ordinary = verdict(approvals, involved, head);
  if (ordinary.conclusion === "success" || approvals.length === 0) return ordinary;
  const glass = await breakGlassOn(session, head);
  return glass ? pastSecondPerson(approvals, involved, head, glass) : ordinary;
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
export async function report(session: Session, pull: ReleasePull, result: Verdict): Promise<void> {
  const { conclusion, title, summary } = result;
  const present = await newestRun(session, FOUR_EYES, pull.head);
  if (present?.conclusion === conclusion && present.title === title && present.summary === summary) return;
  await setCheck(session, FOUR_EYES, pull.head, { conclusion, title, summary });
  if (conclusion === "success" || !(await breakGlassOn(session, pull.head))) return;
  // The glass was broken while this was judged, and what was written above hides it.
  const again = await judge(session, pull);
  if (again.conclusion === "success") await setCheck(session, FOUR_EYES, pull.head, again);
}

const FROM_FORK: Verdict = {
  conclusion: "failure",
  title: "Comes from a fork",
  summary: "Who pushed to a fork is not known here. Push the branch to this repository and open it from there.",
  approvers: [],
  involved: [],
};
