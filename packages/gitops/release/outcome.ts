import { environmentBranch } from "@gitops-platform/contract/branches";
import { alertOnPull, hashOf, sendAlert } from "../alerts";
import { MAIN, remoteBranch } from "../git/refs";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type ReleaseUnit, unitName } from "./unit";

/** The result of one run for a release. */
export interface ReleaseOutcome {
  readonly environment: string;
  /** The service, or `charts`; for other pull requests, the number: `#12`. */
  readonly unit: string;
  /**
   * - `opened`, `updated`: its pull request, in this run. `waits`: unchanged. `declined`: someone closed it.
   * - `merged`: it was approved. `closed`: there is nothing left to release.
   * - `blocked`: it cannot be released; `reason` says why.
   */
  readonly state: "opened" | "updated" | "waits" | "declined" | "merged" | "closed" | "blocked";
  /** The pull request's number. */
  readonly number?: number;
  readonly url?: string;
  /** What it waits for, or why it is blocked. */
  readonly reason?: string;
  /** The kind of a refusal that programs can tell from others. */
  readonly code?: "unapproved-content";
  /** The alert's first sentence, if the reason does not say what is blocked. */
  readonly headline?: string;
}

/** The outcome of a pull request that is not the release of a unit. */
export function pullOutcome(
  { environment, number, url }: { readonly environment: string; readonly number: number; readonly url: string },
  state: ReleaseOutcome["state"],
): ReleaseOutcome {
  return { environment, unit: `#${number}`, state, number, url };
}

/** The outcome of a unit's release. */
export function unitOutcome(
  unit: ReleaseUnit,
  state: ReleaseOutcome["state"],
  more: { readonly number?: number; readonly url?: string; readonly reason?: string } = {},
): ReleaseOutcome {
  const { number, url, reason } = more;
  return {
    environment: unit.environment,
    unit: unitName(unit),
    state,
    ...(number !== undefined && { number }),
    ...(url !== undefined && { url }),
    ...(reason !== undefined && { reason }),
  };
}

/** Marks sent alerts: in a comment, and as the name of a check, which no branch requires. */
const CHECK = "release-blocked";

/**
 * Reports, by an alert and a comment on its page, that an approved release cannot continue, and why. Each reason is
 * reported once: a mark in the comment says whether the alert was received, and if not, the next run sends it again.
 * @param alerts Whether to send an alert besides the comment.
 */
export async function reportBlocked(
  session: Session,
  blocked: ReleaseOutcome,
  number: number,
  alerts: boolean,
): Promise<void> {
  const { environment, unit: service, url = "", reason = "" } = blocked;
  const [first = ""] = reason.split("\n");
  const what = `Its release cannot go on. ${first}`;
  const alert = { event: "release-blocked" as const, what, service, environment, url };
  const report = { mark: CHECK, headline: "This release cannot go on.", reason, alert: alerts ? alert : undefined };
  await alertOnPull(session, number, report);
}

/**
 * Sends alerts about what is blocked without having a pull request: units whose release cannot be opened, and records
 * of approvals. Each reason is alerted once, and again if it returns. A check on the commit at which the environment's
 * branch left `main` marks a sent alert.
 * @param outcomes Those of everything that was examined.
 */
export async function alertBlockedUnits(
  session: Session,
  environment: string,
  outcomes: readonly ReleaseOutcome[],
): Promise<void> {
  // A person who runs the command sees the reason, and may not set checks.
  if (session.bot === undefined) return;
  const branch = remoteBranch(environmentBranch(environment));
  const commit = await session.clone
    .git("merge-base", branch, MAIN)
    .catch(() => session.clone.git("rev-parse", branch));
  const runs = await runsOf(session, CHECK, commit);
  for (const { unit, state, number, reason = "", headline } of outcomes) {
    const name = `${environment}/${unit}`;
    const newest = runs.find(({ externalId }) => externalId?.startsWith(`${name} `));
    const isBlocked = state === "blocked" && number === undefined;
    const externalId = `${name} ${isBlocked ? hashOf(reason) : "free"}`;
    if (newest === undefined ? !isBlocked : newest.externalId === externalId) continue;
    if (isBlocked) {
      const url = pageOf(session.target, "/actions");
      const [first = ""] = reason.split("\n");
      const what = [headline, first].filter((sentence) => sentence !== undefined).join(" ");
      if (!(await sendAlert({ event: "release-blocked", what, service: unit, environment, url }, session))) continue;
    }
    const conclusion = isBlocked ? "failure" : "success";
    const summary = isBlocked ? reason : "It is no longer blocked.";
    await setCheck(session, CHECK, commit, { conclusion, title: name, summary, externalId });
  }
}
