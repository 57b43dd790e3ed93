import { environmentBranch } from "@gitops-platform/contract/branches";
import { environmentCheck } from "@gitops-platform/contract/checks";
import { Failure } from "@gitops-platform/contract/failure";
import { describeError, isItemError } from "../errors";
import { mergedTree } from "../git/commits";
import { changesBetween } from "../git/file-history";
import { fetchOfPull, remoteBranch } from "../git/refs";
import { approvalsOf, lastReset, ownership } from "../github/approvals";
import { type CheckRun, newestRun, runsOf, setCheck } from "../github/checks";
import { contributionsOf } from "../github/people";
import { untilRecorded } from "../github/pushers";
import { closedReleases, openReleases, releaseByNumber, type ReleasePull } from "../github/release-pulls";
import { readCi } from "../requests/ci";
import type { Session } from "../session";
import { type BreakGlass, checkOf, type Facts, isWaiting, refused, type Verdict, verdict } from "./verdict";

/** A release's verdict, with its pull request. */
export interface JudgedRelease extends Verdict {
  readonly number: number;
  readonly url: string;
}

/**
 * Judges releases, and sets their checks. Closed ones are refused, because they can be reopened.
 * @param number One pull request. Undefined: all that are open, but for those that still wait for their first approval.
 * @throws {Failure} if the one is not an open release.
 */
export async function judgeReleases(session: Session, number: number | undefined): Promise<JudgedRelease[]> {
  const pulls = number === undefined ? await openReleases(session) : [await openRelease(session, number)];
  const judged: JudgedRelease[] = [];
  for (const pull of pulls) {
    if (number === undefined && (await stillWaits(session, pull))) continue;
    const result = await judge(session, pull);
    await reportVerdict(session, pull, result);
    judged.push({ number: pull.number, url: pull.url, ...result });
  }
  if (number === undefined) await refuseClosed(session, pulls);
  return judged;
}

async function openRelease(session: Session, number: number): Promise<ReleasePull> {
  const pull = await releaseByNumber(session, number);
  if (pull?.state === "open") return pull;
  throw new Failure(`pull-request: got ${number}; expected an open one into an environment's branch.`);
}

/** If an open release has the same head as a closed one, they share the check, and the open one's verdict applies. */
async function refuseClosed(session: Session, open: readonly ReleasePull[]): Promise<void> {
  const isOpen = (one: ReleasePull) =>
    open.some(({ head, environment }) => head === one.head && environment === one.environment);
  for (const pull of await closedReleases(session)) {
    if (!isOpen(pull)) await reportVerdict(session, pull, refused({ reason: "closed" }));
  }
}

/**
 * Judges an open release by its contributors and approvals. A release that cannot be judged is refused, and does not
 * stop others.
 */
export async function judge(session: Session, pull: ReleasePull): Promise<Verdict> {
  if (!pull.isOwn) return refused({ reason: "from-fork" });
  const { login, isBot } = pull.author;
  if (isBot && session.bot !== undefined && login !== session.bot) return refused({ reason: "other-bot", login });
  try {
    return await judgeFacts(session, pull, await factsOf(session, pull));
  } catch (error) {
    if (!isItemError(error)) throw error;
    return refused({ reason: "not-judged", text: describeError(error) });
  }
}

/** The facts about an open release. */
export async function factsOf(session: Session, pull: ReleasePull): Promise<Facts> {
  const { clone } = session;
  await clone.fetch(fetchOfPull(pull.number));
  await untilRecorded(session, pull.branch, pull.head);
  const base = remoteBranch(environmentBranch(pull.environment));
  // If it conflicts, it cannot be merged anyway.
  const after = (await mergedTree(clone, base, pull.head)) ?? pull.head;
  return gather(session, pull, { base, after });
}

/** The facts about a merged release at the moment of its merge. */
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
    ...(await contributionsOf(session, { ...pull, base })),
    head: pull.head,
    approvals,
    ciAccounts: (await readCi(session.clone)).accounts,
    reset: await lastReset(session, pull.number, until),
    ownership: await ownership(session, base, paths, logins),
  };
}

/** Judges facts, considering a break-glass of the head. */
export async function judgeFacts(session: Session, pull: ReleasePull, facts: Facts): Promise<Verdict> {
  const ordinary = verdict(facts);
  if (ordinary.state === "approved" || facts.approvals.length === 0) return ordinary;
  return verdict(facts, await breakGlassOn(session, pull));
}

/**
 * Whether the check already says that a release waits for its first approval, and it still does. Most open releases do,
 * and this takes only two API calls.
 */
async function stillWaits(session: Session, { number, head, environment }: ReleasePull): Promise<boolean> {
  const present = await newestRun(session, environmentCheck("four-eyes", environment), head);
  return (
    present?.conclusion === "failure" &&
    isWaiting(present.externalId) &&
    (await approvalsOf(session, number)).length === 0
  );
}

/** Sets the check on a release if it differs. Only {@link mergeIfApproved} sets it to success. */
export async function reportVerdict(session: Session, pull: ReleasePull, result: Verdict): Promise<void> {
  const name = environmentCheck("four-eyes", pull.environment);
  const check = checkOf(result, pull.head);
  const present = await newestRun(session, name, pull.head);
  const { conclusion, title, summary } = check;
  if (present?.conclusion === conclusion && present.title === title && present.summary === summary) return;
  await setCheck(session, name, pull.head, check);
}

/** Maximum length of a reason: a check's title must have room for it beside a login. */
export const REASON_LIMIT = 180;

/** The `external_id` of a check run that records a break-glass of a commit. */
export function breakGlassId(head: string): string {
  return `break-glass:${head}`;
}

/**
 * The latest break-glass of a release's head; undefined if there is none. Only check runs of the session's App count,
 * because any workflow can create a check run with that name as another App. If a person runs the command, none counts.
 */
export async function breakGlassOn(
  session: Session,
  { head, environment }: Pick<ReleasePull, "head" | "environment">,
): Promise<BreakGlass | undefined> {
  if (session.bot === undefined) return undefined;
  const runs = await runsOf(session, environmentCheck("four-eyes", environment), head);
  return runs.map((run) => readBreakGlass(run, head)).find((glass) => glass !== undefined);
}

/** The break-glass that a check run records; undefined if it is an ordinary verdict, or of another commit. */
export function readBreakGlass(
  { externalId, data }: Pick<CheckRun, "externalId" | "data">,
  head: string,
): BreakGlass | undefined {
  if (externalId !== breakGlassId(head) || typeof data !== "object" || data === null) return undefined;
  const { by, reason } = data as Partial<Record<keyof BreakGlass, unknown>>;
  return typeof by === "string" && typeof reason === "string" ? { by, reason } : undefined;
}
