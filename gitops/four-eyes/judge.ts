import { environmentBranch } from "../../environments/catalogue";
import { environmentCheck } from "../../environments/checks";
import { describeError } from "../describe-error";
import { changesBetween } from "../git/changes";
import { mergedTree } from "../git/queries";
import { fetchOfPull, remoteBranch } from "../git/refs";
import { isAboutOne } from "../github/about-one";
import { approvalsOf, lastReset } from "../github/approvals";
import { newestRun, setCheck } from "../github/checks";
import { ownership } from "../github/owners";
import { partsOf } from "../github/people";
import { untilRecorded } from "../github/pushers";
import type { ReleasePull } from "../github/release-pulls";
import { readCi } from "../requests/ci";
import type { Session } from "../session";
import { breakGlassOn } from "./past-second-person";
import { type Facts, refused, type Verdict, verdict } from "./verdict";
import { checkOf, isWaiting } from "./verdict-text";

/**
 * Judges a release as it stands: who had a part in it, and who approves it. What cannot be judged is refused, and holds
 * up no other.
 */
export async function judge(session: Session, pull: ReleasePull): Promise<Verdict> {
  if (!pull.isOwn) return refused({ reason: "from-fork" });
  const { login, isBot } = pull.author;
  const platform = process.env.GITOPS_BOT ?? "";
  if (isBot && platform !== "" && login !== platform) return refused({ reason: "other-bot", login });
  try {
    return await judgeFacts(session, pull, await factsOf(session, pull));
  } catch (error) {
    if (!isAboutOne(error)) throw error;
    return refused({ reason: "not-judged", text: describeError(error) });
  }
}

/** What a release is judged by, as it stands. */
export async function factsOf(session: Session, pull: ReleasePull): Promise<Facts> {
  const { clone } = session;
  await clone.fetch(fetchOfPull(pull.number));
  await untilRecorded(session, pull.branch, pull.head);
  const base = remoteBranch(environmentBranch(pull.environment));
  // What conflicts cannot be merged, no matter who owns it.
  const after = (await mergedTree(clone, base, pull.head)) ?? pull.head;
  return gather(session, pull, { base, after });
}

/** What a merged release was judged by, or should have been, at the moment of its merge. */
export async function factsAtMerge(session: Session, pull: ReleasePull, commit: string): Promise<Facts> {
  await session.clone.fetch(fetchOfPull(pull.number));
  return gather(session, pull, { base: `${commit}^1`, after: commit, until: pull.mergedAt ?? undefined });
}

async function gather(
  session: Session,
  pull: ReleasePull,
  { base, after, until }: { base: string; after: string; until?: string | undefined },
): Promise<Facts> {
  const paths = (await changesBetween(session.clone, base, after)).map(({ path }) => path);
  const approvals = await approvalsOf(session, pull.number, until);
  const logins = approvals.map(({ login }) => login);
  return {
    ...(await partsOf(session, { ...pull, base })),
    head: pull.head,
    approvals,
    ciAccounts: (await readCi(session.clone)).accounts,
    reset: await lastReset(session, pull.number, until),
    ownership: await ownership(session, base, paths, logins),
  };
}

/** Judges by facts, and by the break-glass of that head. */
export async function judgeFacts(session: Session, pull: ReleasePull, facts: Facts): Promise<Verdict> {
  const ordinary = verdict(facts);
  if (ordinary.state === "approved" || facts.approvals.length === 0) return ordinary;
  return verdict(facts, await breakGlassOn(session, pull));
}

/**
 * Whether the check says already that a release waits for its first approval, and it still does. Of many open ones most
 * do, and that takes two calls of GitHub's API; who had a part in it does not matter before somebody approves.
 */
export async function stillWaits(session: Session, { number, head, environment }: ReleasePull): Promise<boolean> {
  const present = await newestRun(session, environmentCheck("four-eyes", environment), head);
  return (
    present?.conclusion === "failure" &&
    isWaiting(present.externalId) &&
    (await approvalsOf(session, number)).length === 0
  );
}

/**
 * Sets the check on a release, where it does not say the same already. It never succeeds by this: {@link
 * mergeIfApproved} sees to that.
 */
export async function report(session: Session, pull: ReleasePull, result: Verdict): Promise<void> {
  const name = environmentCheck("four-eyes", pull.environment);
  const check = checkOf(result, pull.head);
  const present = await newestRun(session, name, pull.head);
  const { conclusion, title, summary } = check;
  if (present?.conclusion === conclusion && present.title === title && present.summary === summary) return;
  await setCheck(session, name, pull.head, check);
}
