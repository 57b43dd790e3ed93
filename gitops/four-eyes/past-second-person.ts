import type { Approval } from "../github/approvals";
import { type CheckRun, runsOf } from "../github/checks";
import type { Involved } from "../github/people";
import type { Session } from "../session";
import { type BreakGlass, type Verdict, verdict } from "./verdict";

/** The check that says whether a release was approved by somebody who had no part in it. */
export const FOUR_EYES = "four-eyes";

/** So long may a reason be, in characters: a check's title holds it whole, beside a login. */
export const REASON_LIMIT = 180;

/**
 * The verdict where somebody broke the glass. It excuses the part of that one person, as long as they approve the head themselves, and nobody else's:
 * a writer who owns nothing could else make an approval count that four eyes would refuse.
 */
export function pastSecondPerson(
  approvals: readonly Approval[],
  involved: readonly Involved[],
  head: string,
  glass: BreakGlass,
): Verdict {
  const isTheirs = ({ login }: { readonly login: string }) => login.toLowerCase() === glass.by.toLowerCase();
  const ordinary = verdict(approvals, involved, head);
  const approves = approvals.some((approval) => isTheirs(approval) && approval.commit === head);
  if (ordinary.conclusion === "success" || !approves) return ordinary;
  const others = involved.filter((person) => !isTheirs(person));
  const excused = verdict(approvals, others, head);
  if (excused.conclusion === "failure") return { ...excused, involved };
  const did = involved.find(isTheirs)?.did ?? "";
  return {
    conclusion: "success",
    title: `Break-glass by @${glass.by}: ${glass.reason}`,
    summary: `@${glass.by} ${did}, which this releases, and lets ${head} in past the second person:\n\n> ${glass.reason}`,
    approvers: ordinary.approvers,
    involved,
    breakGlass: glass,
  };
}

/** What the check is found again by that breaks the glass for a commit. */
export function breakGlassId(head: string): string {
  return `break-glass:${head}`;
}

/**
 * Who broke the glass for a commit last; undefined where nobody did. Only the runs of the App that the workflow names (`GITOPS_BOT`) say so: any
 * workflow may write a check of that name, as another App. Without a name nobody did.
 */
export async function breakGlassOn(
  session: Session,
  head: string,
  bot = process.env.GITOPS_BOT,
): Promise<BreakGlass | undefined> {
  if (bot === undefined || bot === "") return undefined;
  const runs = await runsOf(session, FOUR_EYES, head, bot);
  return runs.map((run) => readBreakGlass(run, head)).find((glass) => glass !== undefined);
}

/** What a run of the check says of a broken glass; undefined where it is an ordinary verdict, or another commit's. */
export function readBreakGlass({ externalId, title }: CheckRun, head: string): BreakGlass | undefined {
  if (externalId !== breakGlassId(head)) return undefined;
  const [, by, reason] = /^Break-glass by @([\w-]+): (.+)$/.exec(title ?? "") ?? [];
  return by === undefined || reason === undefined ? undefined : { by, reason };
}
