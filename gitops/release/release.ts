import { CHARTS } from "../../environments/service-name";
import { sendAlert } from "../alerts";
import { describeError } from "../describe-error";
import { Failure } from "../failure";
import { isAboutOne } from "../github/about-one";
import { openReleases, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { checkService, servicesIn } from "../values/services";
import { mergeIfApproved } from "./merge";
import { type Outcome, outcome } from "./outcome";
import { propose } from "./propose";
import { writeRecord } from "./write-record";
import { type Unit, unitName, unitsToRelease } from "./unit";
import { unrecorded } from "./unrecorded";
import { withdraw } from "./withdraw";
import { remoteBranch } from "../git/refs";

/** What is looked at. */
export interface ReleaseOptions {
  /** One environment; undefined: all that have a branch. */
  readonly environment?: string | undefined;
  /** One service, or `charts`; undefined: everything. */
  readonly unit?: string | undefined;
  /**
   * Whether releases that are asked for already are rendered and described again: a few calls of GitHub's API and two runs of Helm each, which
   * repairs what somebody wrote over. Default: yes.
   */
  readonly thorough?: boolean | undefined;
  /** The private key (PEM) that signs the record of approvals; undefined: none is written. */
  readonly signingKey?: string | undefined;
}

/**
 * Keeps one pull request for each thing that waits for approval, merges what is approved, and records who approved. Each step looks at what is there, so
 * a run that stopped anywhere is finished by the next.
 * @throws {Failure} where the one unit is none that there is.
 */
export async function release(session: Session, options: ReleaseOptions): Promise<Outcome[]> {
  const { unit } = options;
  if (unit !== undefined) checkService(unit, [CHARTS, ...(await servicesIn(session.clone))]);
  const outcomes: Outcome[] = [];
  for (const environment of await environmentsWithBranch(session, options.environment)) {
    outcomes.push(...(await releaseInto(session, environment, options)));
    if (options.signingKey !== undefined) await recordReleases(session, environment, options.signingKey);
  }
  if (options.signingKey === undefined && outcomes.some(({ state }) => state === "merged")) {
    session.say("GITOPS_SIGNING_KEY: got nothing; expected the release App's key (PEM). No approval was recorded.");
  }
  return outcomes;
}

async function environmentsWithBranch({ clone }: Session, only: string | undefined): Promise<string[]> {
  const listing = await clone.git("for-each-ref", "--format=%(refname:lstrip=4)", remoteBranch("env/"));
  return listing.split("\n").filter((name) => name !== "" && (only === undefined || name === only));
}

/** Again after a merge: what needed charts that were merged just now can be released. */
async function releaseInto(
  session: Session,
  environment: string,
  { unit: only, thorough = true }: ReleaseOptions,
): Promise<Outcome[]> {
  const merged: Outcome[] = [];
  for (;;) {
    const open = await openReleases(session);
    const all = await unitsToRelease(session.clone, environment);
    const units = all.filter((unit) => only === undefined || unitName(unit) === only);
    const closed = only === undefined ? await withdraw(session, environment, all, open) : [];
    const outcomes: Outcome[] = [];
    for (const unit of units) outcomes.push(await advance(session, unit, open, thorough));
    merged.push(...closed, ...outcomes.filter(({ state }) => state === "merged"));
    if (!outcomes.some(({ state }) => state === "merged")) return [...merged, ...outcomes];
    await session.clone.fetch();
  }
}

/** One release that cannot go on must not hold up the others. */
async function advance(
  session: Session,
  unit: Unit,
  open: readonly ReleasePull[],
  thorough: boolean,
): Promise<Outcome> {
  try {
    const proposed = await propose(session, unit, open, thorough);
    await tellIfNew(session, proposed);
    return await mergeOrWait(session, unit, proposed);
  } catch (error) {
    if (!isAboutOne(error)) throw error;
    return outcome(unit, "blocked", { reason: `${unitName(unit)}: ${describeError(error)}` });
  }
}

/** Once for each head: the next run finds what was opened or rebuilt here as it is. */
async function tellIfNew(session: Session, { state, environment, unit: service, url = "" }: Outcome): Promise<void> {
  if (state !== "opened" && state !== "updated") return;
  const what = "Its release waits for approval.";
  await sendAlert({ event: "waiting-for-approval", what, service, environment, url }, session);
}

async function mergeOrWait(session: Session, unit: Unit, proposed: Outcome): Promise<Outcome> {
  const { number, state } = proposed;
  if (number === undefined || (state !== "waits" && state !== "updated")) return proposed;
  const result = await mergeIfApproved(session, unit, number);
  if ("waitsFor" in result) return { ...proposed, reason: result.waitsFor };
  return { ...proposed, state: "merged" };
}

/** What is merged is not held up by its record: that is made up for by any later run. */
async function recordReleases(session: Session, environment: string, signingKey: string): Promise<void> {
  await session.clone.fetch();
  try {
    for (const record of await unrecorded(session, environment)) {
      const isWritten = await writeRecord(session, record, signingKey);
      const commit = record.commit.slice(0, 7);
      session.say(isWritten ? `Recorded who approved ${commit}.` : `The record of ${commit} was written meanwhile.`);
    }
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    session.say(`${error.message}\nNo approval was recorded.`);
  }
}
