import { sendAlert } from "../alerts";
import { Failure } from "../failure";
import { setCheck } from "../github/checks";
import { openRelease, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { factsOf, report } from "./judge";
import { breakGlassId, breakGlassOn, FOUR_EYES, pastSecondPerson } from "./past-second-person";
import type { BreakGlass, Verdict } from "./verdict";

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
 * Lets a release in past the second person: sets the check `four-eyes` in the requester's name and for their reason. Whether an owner approved it GitHub
 * asks all the same. Done twice, it is one.
 * @throws {Failure} where nothing waits, the requester does not approve it, or it is not their part that is in the way.
 */
export async function breakGlass(session: Session, order: BreakGlassOrder): Promise<BreakGlassOutcome> {
  const { service, environment, by, reason } = order;
  const pull = await openRelease(session, environment, service);
  if (!pull) {
    throw new Failure(`${service}: got no open release into env/${environment}; expected one. See: gitops status`);
  }
  const about = { number: pull.number, url: pull.url, commit: pull.head };
  const { involved, approvals } = await factsOf(session, pull);
  const judgeBy = (glass: BreakGlass) => pastSecondPerson(approvals, involved, pull.head, glass);

  const standing = await breakGlassOn(session, pull.head);
  const before = standing && judgeBy(standing);
  if (before?.breakGlass) {
    await report(session, pull, before);
    const summary = `${pull.url}: ${before.title}. That is done already.`;
    return { ...order, ...before.breakGlass, state: "already", ...about, summary };
  }
  const isTheirs = ({ login }: { readonly login: string }) => login.toLowerCase() === by.toLowerCase();
  if (!approvals.some((approval) => isTheirs(approval) && approval.commit === pull.head)) {
    throw new Failure(
      `${pull.url}: got no approval of ${pull.head.slice(0, 7)} by @${by}; expected one by whoever breaks the glass. Approve it, then start this again.`,
    );
  }
  const result = judgeBy({ by, reason });
  if (!result.breakGlass) throw new Failure(refusal(pull, result));
  await letIn(session, pull, { ...order, ...result });
  const summary = `${pull.url}: ${result.title}. It is merged when an owner of env/${environment} approves it and validate succeeded.`;
  return { ...order, state: "broken", ...about, summary };
}

function refusal({ url }: ReleasePull, { conclusion, title, summary }: Verdict): string {
  if (conclusion === "success") return `${url}: ${title}. That is a second person: it needs no break-glass.`;
  return `${url}: ${title}. Break-glass excuses nobody but who asks for it.\n${summary}`;
}

async function letIn(session: Session, pull: ReleasePull, broken: BreakGlassOrder & Verdict): Promise<void> {
  const { github, repository } = session;
  const { service, environment, by, reason, title, summary } = broken;
  const what = `@${by} goes past the second person: ${reason}`;
  // First: whoever may write may also cancel this run, and must not let something in that nobody hears of.
  await sendAlert({ event: "break-glass-used", what, service, environment, url: pull.url }, session);
  const check = { conclusion: "success" as const, title, summary, externalId: breakGlassId(pull.head) };
  await setCheck(session, FOUR_EYES, pull.head, check);
  const body = `**Break-glass.** ${summary}\n\nIt is recorded when this is merged, and shown by \`gitops history\`. Dismiss @${by}'s approval to take it back.`;
  await github.rest.issues.createComment({ ...repository, issue_number: pull.number, body });
}
