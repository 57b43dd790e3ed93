import { CHARTS } from "../../contract/paths";
import { sendAlert } from "../alerts";
import { describeError, Failure } from "../errors";
import { isAboutOne } from "../github/merging";
import { openReleases, type ReleasePull } from "../github/release-pulls";
import { type Outcome, outcome, outcomeOfPull, tellBlocked, tellBlockedUnits } from "./outcome";
import { tellForeign } from "./foreign-revision";
import { isWorkflow } from "../identity";
import type { Session } from "../session";
import { checkService, servicesIn } from "../values/files";
import { mergeIfApproved, tellPastFourEyes, tellUnheardPastFourEyes } from "./merge";
import { propose, withdraw } from "./propose";
import { checkSigningKey, writeRecord } from "./write-record";
import { prefetchUnits, type Unit, unitBranch, unitName, unitsToRelease } from "./unit";
import { unrecorded } from "./unrecorded";
import { ENVIRONMENT_BRANCHES, environmentBranch } from "../../contract/branches";
import { environmentOfBranch } from "../../environments/catalogue";
import { remoteBranch } from "../git/refs";

/** What is looked at. */
export interface ReleaseOptions {
  /** One environment; undefined: all that have a branch. */
  readonly environment?: string | undefined;
  /** One service, or `charts`; undefined: everything. */
  readonly unit?: string | undefined;
  /**
   * Whether releases that are asked for already are rendered and described again: a few calls of GitHub's API and two
   * runs of Helm each, which repairs what somebody wrote over. Default: yes.
   */
  readonly thorough?: boolean | undefined;
  /** The private key (PEM) that signs the record of approvals; undefined: none is written. */
  readonly signingKey?: string | undefined;
}

/**
 * Keeps one pull request for each thing that waits for approval, merges what is approved, no matter who opened it,
 * and records who approved. Each step looks at what is there, so a run that stopped anywhere is finished by the next.
 * @throws {Failure} where the one unit is none that there is.
 */
export async function release(session: Session, options: ReleaseOptions): Promise<Outcome[]> {
  const { unit, signingKey } = options;
  const checkRecord = once(() => checkKey(session, signingKey));
  if (unit !== undefined) checkService(unit, [CHARTS, ...(await servicesIn(session.clone))]);
  const outcomes: Outcome[] = [];
  const environments = await environmentsWithBranch(session, options.environment);
  for (const environment of environments) {
    outcomes.push(...(await releaseInto(session, environment, options, checkRecord)));
    await tellUnheardPastFourEyes(session, environment);
    if (signingKey !== undefined || isWorkflow()) {
      outcomes.push(...(await recordReleases(session, environment, signingKey)));
    }
  }
  await tellForeign(session, environments);
  if (signingKey === undefined && !isWorkflow() && outcomes.some(({ state }) => state === "merged")) {
    session.say("No approval was recorded: the workflow Release does that, which has the key.");
  }
  return outcomes;
}

/** See {@link mergeIfApproved}. */
type CheckRecord = () => Promise<void>;

/**
 * The workflow merges nothing whose approval it could not record. A person may: any later run of the workflow records
 * it.
 */
async function checkKey(session: Session, signingKey: string | undefined): Promise<void> {
  if (signingKey !== undefined) return checkSigningKey(session, signingKey);
  if (isWorkflow()) throw new Failure(NO_KEY);
}

/** The same work for every asker. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

async function environmentsWithBranch({ clone }: Session, only: string | undefined): Promise<string[]> {
  const listing = await clone.git("for-each-ref", "--format=%(refname:lstrip=4)", remoteBranch(ENVIRONMENT_BRANCHES));
  return listing
    .split("\n")
    .filter((name) => environmentOfBranch(environmentBranch(name)) !== undefined)
    .filter((name) => only === undefined || name === only);
}

/** Again after a merge: what needed charts that were merged just now can be released. */
async function releaseInto(
  session: Session,
  environment: string,
  { unit: only, thorough = true }: ReleaseOptions,
  checkRecord: CheckRecord,
): Promise<Outcome[]> {
  const merged: Outcome[] = [];
  for (;;) {
    const open = await openReleases(session);
    const all = await unitsToRelease(session.clone, environment);
    const units = all.filter((unit) => only === undefined || unitName(unit) === only);
    const closed = only === undefined ? await withdraw(session, environment, all, open) : [];
    const left = open.filter((pull) => !closed.some(({ number }) => number === pull.number));
    const outcomes: Outcome[] = [];
    await prefetchUnits(session.clone, units);
    for (const unit of units) {
      const result = await advance(session, unit, open, thorough, checkRecord);
      outcomes.push(result);
      // The others are made, and judged, on top of this one: two releases may change the same manifests.
      if (result.state === "merged") break;
    }
    const isMerged = ({ state }: Outcome) => state === "merged";
    const headline = "Its release cannot go on.";
    await tellBlockedUnits(
      session,
      environment,
      outcomes.map((one) => ({ ...one, headline })),
    );
    if (only === undefined && !outcomes.some(isMerged)) {
      outcomes.push(...(await mergeOthers(session, environment, all, left, checkRecord)));
    }
    merged.push(...closed, ...outcomes.filter(isMerged));
    if (!outcomes.some(isMerged)) return [...merged, ...outcomes];
  }
}

/** One release that cannot go on must not hold up the others. */
async function advance(
  session: Session,
  unit: Unit,
  open: readonly ReleasePull[],
  thorough: boolean,
  checkRecord: CheckRecord,
): Promise<Outcome> {
  try {
    const proposed = await propose(session, unit, open, thorough);
    await tellIfNew(session, proposed);
    return await mergeOrWait(session, proposed, checkRecord);
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

async function mergeOrWait(session: Session, proposed: Outcome, checkRecord: CheckRecord): Promise<Outcome> {
  const { number, state } = proposed;
  if (number === undefined || (state !== "waits" && state !== "updated")) return proposed;
  return mergeOne(session, proposed, number, true, checkRecord);
}

/** What people asked for by pull requests of their own into the environment's branch, and the platform's update. */
async function mergeOthers(
  session: Session,
  environment: string,
  units: readonly Unit[],
  open: readonly ReleasePull[],
  checkRecord: CheckRecord,
): Promise<Outcome[]> {
  const own = new Set(units.map(unitBranch));
  const outcomes: Outcome[] = [];
  for (const pull of open) {
    const isOther = pull.environment === environment && pull.isOwn && !pull.isDraft && !own.has(pull.branch);
    if (!isOther) continue;
    const waits = outcomeOfPull(pull, "waits");
    try {
      // It is judged on top of what was merged before it.
      await session.clone.fetch();
      outcomes.push(await mergeOne(session, waits, pull.number, false, checkRecord));
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      outcomes.push({ ...waits, state: "blocked", reason: `${pull.url}: ${describeError(error)}` });
    }
  }
  return outcomes;
}

async function mergeOne(
  session: Session,
  waits: Outcome,
  number: number,
  isUnit: boolean,
  checkRecord: CheckRecord,
): Promise<Outcome> {
  const result = await mergeIfApproved(session, number, isUnit, checkRecord);
  if ("merged" in result) return { ...waits, state: "merged" };
  if ("waitsFor" in result) return { ...waits, reason: result.waitsFor };
  const blocked = { ...waits, state: "blocked" as const, reason: `${waits.url ?? ""}: ${result.blocked}` };
  const isOurs = isUnit || result.isOurs === true;
  await tellBlocked(session, blocked, number, isOurs);
  // Anybody can open a pull request of their own that leads nowhere: it must not fail every run.
  return isOurs ? blocked : { ...waits, reason: result.blocked };
}

/** What stands for the records of an environment where an outcome names a service. No service is called that. */
const RECORDS = "records of approvals";

/**
 * Records what was merged and has no record yet, by earlier runs too. What cannot be recorded fails each run until it
 * is.
 */
async function recordReleases(
  session: Session,
  environment: string,
  signingKey: string | undefined,
): Promise<Outcome[]> {
  const recorded = await record(session, environment, signingKey);
  await tellBlockedUnits(session, environment, [recorded]);
  return recorded.state === "blocked" ? [recorded] : [];
}

async function record(session: Session, environment: string, signingKey: string | undefined): Promise<Outcome> {
  const outcome = { environment, unit: RECORDS };
  try {
    await session.clone.fetch();
    for (const release of await unrecorded(session, environment)) {
      if (signingKey === undefined) throw new Failure(NO_KEY);
      const isWritten = await writeRecord(session, release, signingKey);
      if (isWritten && release.isRefused) await tellPastFourEyes(session, release);
      const commit = release.commit.slice(0, 7);
      session.say(isWritten ? `Recorded who approved ${commit}.` : `The record of ${commit} was written meanwhile.`);
    }
    return { ...outcome, state: "merged" };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...outcome, state: "blocked", reason: `No approval was recorded. ${error.message}` };
  }
}

const NO_KEY =
  "GITOPS_SIGNING_KEY: got nothing; expected the release App's key (PEM). Set the secret RELEASE_APP_KEY of the environment release.";
