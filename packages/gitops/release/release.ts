import { CHARTS } from "@gitops-platform/contract/paths";
import { sendAlert } from "../alerts";
import { Failure } from "@gitops-platform/contract/failure";
import { describeError, isItemError } from "../errors";
import { openReleases, type ReleasePull } from "../github/release-pulls";
import { alertBypassed, alertForeignRevisions, alertMissedBypassed } from "./bypasses";
import { alertBlockedUnits, pullOutcome, type ReleaseOutcome, reportBlocked, unitOutcome } from "./outcome";
import type { Session } from "../session";
import { checkService, servicesIn } from "../values/files";
import { mergeIfApproved } from "./merge";
import { unapprovedContent, unapprovedPaths } from "./new-environment";
import { propose, withdraw } from "./propose";
import { checkSigningKey, unrecorded, writeRecord } from "./write-record";
import { prefetchUnits, type ReleaseUnit, unitBranch, unitName, unitsToRelease } from "./unit";
import { environmentBranch, ENVIRONMENT_BRANCHES } from "@gitops-platform/contract/branches";
import { mergedTree } from "../git/commits";
import { fetchOfPull, remoteBranch } from "../git/refs";

/** Options of {@link release}. */
export interface ReleaseOptions {
  /** One environment; undefined: all that require approvals. */
  readonly environment?: string | undefined;
  /** One service, or `charts`; undefined: everything. */
  readonly unit?: string | undefined;
  /**
   * Whether open releases are rendered and described again. Each takes a few API calls and two runs of Helm, and
   * repairs what someone edited. Default: yes.
   */
  readonly thorough?: boolean | undefined;
  /** The private key (PEM) that signs approval records; undefined: none are written. */
  readonly signingKey?: string | undefined;
}

/**
 * Keeps one pull request open for each unit that waits for approval, merges approved pull requests, no matter who
 * opened them, and records the approvals. Each step starts from the current state, so the next run completes an
 * interrupted one.
 * @throws {Failure} if the one unit does not exist.
 */
export async function release(session: Session, options: ReleaseOptions): Promise<ReleaseOutcome[]> {
  const { unit, signingKey } = options;
  const isWorkflow = session.bot !== undefined;
  const checkRecord = once(() => checkKey(session, signingKey));
  if (unit !== undefined) checkService(unit, [CHARTS, ...(await servicesIn(session.clone))]);
  const outcomes: ReleaseOutcome[] = [];
  const environments = await environmentsWithBranch(session, options.environment);
  for (const environment of environments) {
    // Before anything is recorded in this run, so that an alert that fails is not repeated at once.
    await alertMissedBypassed(session, environment);
    outcomes.push(...(await releaseInto(session, environment, options, checkRecord)));
    if (signingKey !== undefined || isWorkflow) {
      outcomes.push(...(await recordReleases(session, environment, signingKey)));
    }
  }
  await alertForeignRevisions(session, environments);
  if (signingKey === undefined && !isWorkflow && outcomes.some(({ state }) => state === "merged")) {
    session.log("No approval was recorded: the workflow Release, which has the key, does that.");
  }
  return outcomes;
}

/** See {@link mergeIfApproved}. */
type CheckRecord = () => Promise<void>;

/**
 * The workflow merges nothing if it cannot record the approval. A person without the key may merge, because the next
 * run of the workflow records it.
 */
async function checkKey(session: Session, signingKey: string | undefined): Promise<void> {
  if (signingKey !== undefined) return checkSigningKey(session, signingKey);
  if (session.bot !== undefined) throw new Failure(NO_KEY);
}

/** Runs the work at most once. */
function once<T>(work: () => Promise<T>): () => Promise<T> {
  let result: Promise<T> | undefined;
  return () => (result ??= work());
}

async function environmentsWithBranch({ clone, graph }: Session, only: string | undefined): Promise<string[]> {
  const listing = await clone.git("for-each-ref", "--format=%(refname:lstrip=4)", remoteBranch(ENVIRONMENT_BRANCHES));
  return listing
    .split("\n")
    .filter((name) => graph.has(name))
    .filter((name) => only === undefined || name === only);
}

/** Starts again after each merge, because the other releases are made and judged on top of it. */
async function releaseInto(
  session: Session,
  environment: string,
  { unit: only, thorough = true, signingKey }: ReleaseOptions,
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome[]> {
  let unapproved = await unapprovedContent(session.clone, environment);
  if (unapproved && signingKey !== undefined) {
    // An approved merge counts once it is recorded, which an earlier run may not have done.
    await record(session, environment, signingKey);
    unapproved = await unapprovedContent(session.clone, environment);
  }
  if (unapproved) {
    await alertBlockedUnits(session, environment, [unapproved]);
    return [unapproved, ...(only === undefined ? await mergeRepairs(session, environment, checkRecord) : [])];
  }
  const merged: ReleaseOutcome[] = [];
  for (;;) {
    const open = await openReleases(session);
    const all = await unitsToRelease(session.clone, environment);
    const units = all.filter((unit) => only === undefined || unitName(unit) === only);
    const closed = only === undefined ? await withdraw(session, environment, all, open) : [];
    const left = open.filter((pull) => !closed.some(({ number }) => number === pull.number));
    const outcomes: ReleaseOutcome[] = [];
    await prefetchUnits(session.clone, units);
    for (const unit of units) {
      const result = await advance(session, unit, open, thorough, checkRecord);
      outcomes.push(result);
      if (result.state === "merged") break;
    }
    const isMerged = ({ state }: ReleaseOutcome) => state === "merged";
    const headline = "Its release cannot go on.";
    await alertBlockedUnits(
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

/** Opens or updates a unit's release, and merges it if it is approved. Its errors must not stop the others. */
async function advance(
  session: Session,
  unit: ReleaseUnit,
  open: readonly ReleasePull[],
  thorough: boolean,
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome> {
  try {
    const proposed = await propose(session, unit, open, thorough);
    await alertIfNew(session, proposed);
    return await mergeOrWait(session, proposed, checkRecord);
  } catch (error) {
    if (!isItemError(error)) throw error;
    return unitOutcome(unit, "blocked", { reason: `${unitName(unit)}: ${describeError(error)}` });
  }
}

/** Alerts once for each head, because the next run finds the pull request unchanged. */
async function alertIfNew(
  session: Session,
  { state, environment, unit: service, url = "" }: ReleaseOutcome,
): Promise<void> {
  if (state !== "opened" && state !== "updated") return;
  const what = "Its release waits for approval.";
  await sendAlert({ event: "waiting-for-approval", what, service, environment, url }, session);
}

async function mergeOrWait(
  session: Session,
  proposed: ReleaseOutcome,
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome> {
  const { number, state } = proposed;
  if (number === undefined || (state !== "waits" && state !== "updated")) return proposed;
  return mergeOne(session, proposed, number, true, checkRecord);
}

/** Merges the approved pull requests that are not releases of units: people's own, and the platform's updates. */
async function mergeOthers(
  session: Session,
  environment: string,
  units: readonly ReleaseUnit[],
  open: readonly ReleasePull[],
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome[]> {
  const own = new Set(units.map(unitBranch));
  const outcomes: ReleaseOutcome[] = [];
  for (const pull of open) {
    const isOther = pull.environment === environment && pull.isOwn && !pull.isDraft && !own.has(pull.branch);
    if (!isOther) continue;
    const waits = pullOutcome(pull, "waits");
    try {
      // It is judged on top of the merges before it.
      await session.clone.fetch();
      outcomes.push(await mergeOne(session, waits, pull.number, false, checkRecord));
    } catch (error) {
      if (!isItemError(error)) throw error;
      outcomes.push({ ...waits, state: "blocked", reason: `${pull.url}: ${describeError(error)}` });
    }
  }
  return outcomes;
}

/** Merges the approved pull requests that leave no unapproved content on the branch of a new environment. */
async function mergeRepairs(
  session: Session,
  environment: string,
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome[]> {
  const repairs: ReleasePull[] = [];
  for (const pull of await openReleases(session)) {
    if (pull.environment !== environment) continue;
    await session.clone.fetch(fetchOfPull(pull.number));
    const tree = await mergedTree(session.clone, remoteBranch(environmentBranch(environment)), pull.head);
    const left = tree === undefined ? undefined : await unapprovedPaths(session.clone, environment, tree);
    if (left?.length === 0) repairs.push(pull);
  }
  return mergeOthers(session, environment, [], repairs, checkRecord);
}

async function mergeOne(
  session: Session,
  waits: ReleaseOutcome,
  number: number,
  isUnit: boolean,
  checkRecord: CheckRecord,
): Promise<ReleaseOutcome> {
  const result = await mergeIfApproved(session, number, isUnit, checkRecord);
  if ("merged" in result) return { ...waits, state: "merged" };
  if ("waitsFor" in result) return { ...waits, reason: result.waitsFor };
  const blocked = { ...waits, state: "blocked" as const, reason: `${waits.url ?? ""}: ${result.blocked}` };
  const isOurs = isUnit || result.isOurs === true;
  await reportBlocked(session, blocked, number, isOurs);
  // Anyone can open a pull request that cannot be merged. That must not fail every run.
  return isOurs ? blocked : { ...waits, reason: result.blocked };
}

/** The unit of the outcome of recording. No service can have this name. */
const RECORDS = "records of approvals";

/** Records all merges without a record, also those of earlier runs. Every run fails until all are recorded. */
async function recordReleases(
  session: Session,
  environment: string,
  signingKey: string | undefined,
): Promise<ReleaseOutcome[]> {
  const recorded = await record(session, environment, signingKey);
  await alertBlockedUnits(session, environment, [recorded]);
  return recorded.state === "blocked" ? [recorded] : [];
}

async function record(session: Session, environment: string, signingKey: string | undefined): Promise<ReleaseOutcome> {
  const recorded = { environment, unit: RECORDS };
  try {
    await session.clone.fetch();
    for (const release of await unrecorded(session, environment)) {
      if (signingKey === undefined) throw new Failure(NO_KEY);
      const isWritten = await writeRecord(session, release, signingKey);
      if (isWritten && release.isRefused) await alertBypassed(session, release);
      const commit = release.commit.slice(0, 7);
      session.log(isWritten ? `Recorded who approved ${commit}.` : `Another run recorded ${commit} in the meantime.`);
    }
    return { ...recorded, state: "merged" };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ...recorded, state: "blocked", reason: `No approval was recorded. ${error.message}` };
  }
}

const NO_KEY =
  "GITOPS_SIGNING_KEY: got nothing; expected the release App's key (PEM). " +
  "Set the secret RELEASE_APP_KEY of the environment release.";
