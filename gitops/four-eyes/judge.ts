import { environmentBranch } from "../../contract/branches";
import { environmentCheck } from "../../contract/checks";
import { describeError } from "../errors";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { fetchOfPull, remoteBranch } from "../git/refs";
import { approvalsOf, lastReset, ownership } from "../github/approvals";
import { type CheckRun, newestRun, runsOf, setCheck } from "../github/checks";
import { isAboutOne } from "../github/merging";
import { partsOf } from "../github/people";
import { untilRecorded } from "../github/pushers";
import type { ReleasePull } from "../github/release-pulls";
import { readCi } from "../requests/ci";
import type { Session } from "../session";
import { type BreakGlass, type Facts, refused, type Verdict, verdict } from "./verdict";
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

/** The longest reason, in characters: a check's title shows it whole, beside a login. */
export const REASON_LIMIT = 180;

/** What the check is found again by that breaks the glass for a commit. */
export function breakGlassId(head: string): string {
  return `break-glass:${head}`;
}

/**
 * Who broke the glass for a release's head last; undefined where nobody did. Only the runs of the App that the workflow
 * names (`GITOPS_BOT`) say so: any workflow may write a check of that name, as another App. Without a name nobody did.
 */
export async function breakGlassOn(
  session: Session,
  { head, environment }: Pick<ReleasePull, "head" | "environment">,
  bot = process.env.GITOPS_BOT,
): Promise<BreakGlass | undefined> {
  if (bot === undefined || bot === "") return undefined;
  const runs = await runsOf(session, environmentCheck("four-eyes", environment), head, bot);
  return runs.map((run) => readBreakGlass(run, head)).find((glass) => glass !== undefined);
}

/** What a run of the check says of a broken glass; undefined where it is an ordinary verdict, or another commit's. */
export function readBreakGlass({ externalId, data }: CheckRun, head: string): BreakGlass | undefined {
  if (externalId !== breakGlassId(head) || typeof data !== "object" || data === null) return undefined;
  const { by, reason } = data as Partial<Record<keyof BreakGlass, unknown>>;
  return typeof by === "string" && typeof reason === "string" ? { by, reason } : undefined;
}
