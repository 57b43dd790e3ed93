import { sendAlert } from "../alerts";
import { environmentCheck } from "@gitops-platform/contract/checks";
import { Failure } from "@gitops-platform/contract/failure";
import { setCheck } from "../github/checks";
import { type ReleasePull, requireOpenRelease } from "../github/release-pulls";
import type { Session } from "../session";
import { breakGlassId, breakGlassOn, factsOf, reportVerdict } from "./judge";
import { type BreakGlass, checkOf, summaryOf, titleOf, type Verdict, verdict } from "./verdict";

/** A request to release without a second person. */
export interface BreakGlassOrder extends BreakGlass {
  /** The service, or `charts`. */
  readonly service: string;
  readonly environment: string;
}

/** The outcome of a break-glass, as plain JSON. */
export interface BreakGlassOutcome extends BreakGlassOrder {
  /** `already`: someone, named by `by` and `reason`, used it for this head before. */
  readonly state: "broken" | "already";
  /** The release's pull request. */
  readonly number: number;
  readonly url: string;
  /** The head that may be merged. */
  readonly commit: string;
  /** The outcome as a sentence. */
  readonly summary: string;
}

/**
 * Releases without a second person: records in the check `four-eyes` that the requester uses break-glass, and why. The
 * next run of `gitops release` then merges. It is idempotent.
 * @throws {Failure} if there is no release, the requester did not approve it as an owner, or something other than the
 *   requester's contribution prevents the merge.
 */
export async function breakGlass(session: Session, order: BreakGlassOrder): Promise<BreakGlassOutcome> {
  const { service, environment, by, reason } = order;
  const pull = await requireOpenRelease(session, environment, service);
  const about = { number: pull.number, url: pull.url, commit: pull.head };
  const facts = await factsOf(session, pull);
  const standing = await breakGlassOn(session, pull);
  const before = standing && verdict(facts, standing);
  if (before?.breakGlass) {
    await reportVerdict(session, pull, before);
    const summary = `${pull.url}: ${titleOf(before)}. That was done before.`;
    return { ...order, ...before.breakGlass, state: "already", ...about, summary };
  }
  const isTheirs = ({ login }: { readonly login: string }) => login.toLowerCase() === by.toLowerCase();
  if (!facts.approvals.some((approval) => isTheirs(approval) && approval.commit === pull.head)) {
    throw new Failure(
      `${pull.url}: got no approval of ${pull.head.slice(0, 7)} by @${by}; ` +
        "expected one by the person who uses break-glass. Approve it, then start this again.",
    );
  }
  const result = verdict(facts, { by, reason });
  if (!result.breakGlass) throw new Failure(refusal(pull, result));
  await recordBreakGlass(session, pull, order, result);
  const summary = `${pull.url}: ${titleOf(result)}. The workflow Release merges it when validate succeeded.`;
  return { ...order, state: "broken", ...about, summary };
}

function refusal({ url }: ReleasePull, result: Verdict): string {
  if (result.state === "approved")
    return `${url}: ${titleOf(result)}. That is a second person: it needs no break-glass.`;
  return (
    `${url}: ${titleOf(result)}. Break-glass exempts only the person who uses it, ` +
    `and makes nobody an owner.\n${summaryOf(result)}`
  );
}

async function recordBreakGlass(
  session: Session,
  pull: ReleasePull,
  order: BreakGlassOrder,
  result: Verdict,
): Promise<void> {
  const { github, repository } = session;
  const { service, environment, by, reason } = order;
  const what = `@${by} uses break-glass: ${reason}`;
  // The alert comes first, because any writer can cancel this run, and no release may pass unnoticed.
  await sendAlert({ event: "break-glass-used", what, service, environment, url: pull.url }, session);
  const check = { ...checkOf(result, pull.head), externalId: breakGlassId(pull.head), data: { by, reason } };
  await setCheck(session, environmentCheck("four-eyes", environment), pull.head, check);
  const body =
    `**Break-glass.** ${check.summary}\n\nIt is recorded with the merge, and shown by \`gitops history\`. ` +
    `To revoke it, dismiss the approval of @${by}.`;
  await github.rest.issues.createComment({ ...repository, issue_number: pull.number, body });
}
