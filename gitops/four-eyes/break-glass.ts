import { sendAlert } from "../alerts";
import { environmentCheck } from "../../contract/checks";
import { Failure } from "../errors";
import { setCheck } from "../github/checks";
import { openRelease, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { breakGlassId, breakGlassOn, factsOf, report } from "./judge";
import { type BreakGlass, type Verdict, verdict } from "./verdict";
import { checkOf, summaryOf, titleOf } from "./verdict-text";

/** Which release is let in past the second person. */
export interface BreakGlassOrder extends BreakGlass {
  /** The service, or `charts`. */
  readonly service: string;
  readonly environment: string;
}

/** What a broken glass came to. Plain JSON. */
export interface BreakGlassOutcome extends BreakGlassOrder {
  /** `already`: it was broken for this head before, perhaps by somebody else, whom `by` and `reason` then name. */
  readonly state: "broken" | "already";
  /** The release's pull request. */
  readonly number: number;
  readonly url: string;
  /** The head that is let in. */
  readonly commit: string;
  /** What was done, for people. */
  readonly summary: string;
}

/**
 * Lets a release in past the second person: writes into its check four-eyes that the requester breaks the glass, and
 * why. The next run of `gitops release` takes that into account and merges. Done twice, it is one.
 * @throws {Failure} where nothing waits, the requester does not approve it as one of its owners, or it is not their
 *   part that is in the way.
 */
export async function breakGlass(session: Session, order: BreakGlassOrder): Promise<BreakGlassOutcome> {
  const { service, environment, by, reason } = order;
  const pull = await openRelease(session, environment, service);
  if (!pull) {
    throw new Failure(`${service}: got no open release into env/${environment}; expected one. See: gitops status`);
  }
  const about = { number: pull.number, url: pull.url, commit: pull.head };
  const facts = await factsOf(session, pull);
  const standing = await breakGlassOn(session, pull);
  const before = standing && verdict(facts, standing);
  if (before?.breakGlass) {
    await report(session, pull, before);
    const summary = `${pull.url}: ${titleOf(before)}. That is done already.`;
    return { ...order, ...before.breakGlass, state: "already", ...about, summary };
  }
  const isTheirs = ({ login }: { readonly login: string }) => login.toLowerCase() === by.toLowerCase();
  if (!facts.approvals.some((approval) => isTheirs(approval) && approval.commit === pull.head)) {
    throw new Failure(
      `${pull.url}: got no approval of ${pull.head.slice(0, 7)} by @${by}; expected one by the person who uses break-glass. Approve it, then start this again.`,
    );
  }
  const result = verdict(facts, { by, reason });
  if (!result.breakGlass) throw new Failure(refusal(pull, result));
  await letIn(session, pull, order, result);
  const summary = `${pull.url}: ${titleOf(result)}. The workflow Release merges it when validate succeeded.`;
  return { ...order, state: "broken", ...about, summary };
}

function refusal({ url }: ReleasePull, result: Verdict): string {
  if (result.state === "approved")
    return `${url}: ${titleOf(result)}. That is a second person: it needs no break-glass.`;
  return `${url}: ${titleOf(result)}. Break-glass excuses nobody but who asks for it, and makes nobody an owner.\n${summaryOf(result)}`;
}

async function letIn(session: Session, pull: ReleasePull, order: BreakGlassOrder, result: Verdict): Promise<void> {
  const { github, repository } = session;
  const { service, environment, by, reason } = order;
  const what = `@${by} goes past the second person: ${reason}`;
  // First: anyone who may write may also cancel this run, and must not let something in that nobody hears of.
  await sendAlert({ event: "break-glass-used", what, service, environment, url: pull.url }, session);
  const check = { ...checkOf(result, pull.head), externalId: breakGlassId(pull.head), data: { by, reason } };
  await setCheck(session, environmentCheck("four-eyes", environment), pull.head, check);
  const body = `**Break-glass.** ${check.summary}\n\nIt is recorded when this is merged, and shown by \`gitops history\`. Dismiss @${by}'s approval to take it back.`;
  await github.rest.issues.createComment({ ...repository, issue_number: pull.number, body });
}
