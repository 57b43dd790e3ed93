import { createHash } from "node:crypto";
import { environmentBranch } from "../../contract/branches";
import { sendAlert } from "../alerts";
import { MAIN, remoteBranch } from "../git/refs";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";
import { type Unit, unitName } from "./unit";

/** What became of a release in one run. */
export interface Outcome {
  readonly environment: string;
  /** The service, or `charts`; of a pull request that is no release of the platform's, its number: `#12`. */
  readonly unit: string;
  /**
   * - `opened`, `updated`: its pull request, just now; `waits`: it is as it was; `declined`: somebody closed it.
   * - `merged`: approved and let in; `closed`: there is nothing to release any more.
   * - `blocked`: it cannot be released; `reason` says why.
   */
  readonly state: "opened" | "updated" | "waits" | "declined" | "merged" | "closed" | "blocked";
  /** The pull request's number. */
  readonly number?: number;
  readonly url?: string;
  /** What it waits for, or why it is blocked. */
  readonly reason?: string;
  /** What its alert says before the reason, where that does not say by itself what is blocked. */
  readonly headline?: string;
}

/** What became of a pull request that is no unit's release. */
export function outcomeOfPull(
  { environment, number, url }: { readonly environment: string; readonly number: number; readonly url: string },
  state: Outcome["state"],
): Outcome {
  return { environment, unit: `#${number}`, state, number, url };
}

/** What became of a unit's release. */
export function outcome(
  unit: Unit,
  state: Outcome["state"],
  more: { readonly number?: number; readonly url?: string; readonly reason?: string } = {},
): Outcome {
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

/** What marks that people were told: a comment's mark, and a check's name. No branch asks for that check. */
const CHECK = "release-blocked";

/**
 * Tells people that an approved release cannot go on by itself, and why: by an alert, and a comment on its page. Once
 * for each reason: the comment's mark says whether the alert was received, and the next run sends it again where not.
 * @param alerts Whether an alert goes out too.
 */
export async function tellBlocked(session: Session, blocked: Outcome, number: number, alerts: boolean): Promise<void> {
  const { github, repository } = session;
  const { environment, unit: service, url = "", reason = "" } = blocked;
  const mark = `<!-- ${CHECK} ${hashOf(reason)} -->`;
  const unheard = `<!-- ${CHECK} ${hashOf(reason)} alert-not-received -->`;
  const about = { ...repository, issue_number: number };
  const comments = await github.paginate(github.rest.issues.listComments, { ...about, per_page: 100 });
  // Others can write such a mark too.
  const bot = process.env.GITOPS_BOT ?? "";
  const own = comments.filter(({ user }) => bot === "" || user?.login === bot);
  if (own.some(({ body }) => body?.includes(mark))) return;
  const comment = own.find(({ body }) => body?.includes(unheard));
  const [first = ""] = reason.split("\n");
  const what = `Its release cannot go on. ${first}`;
  const isReceived =
    !alerts || (await sendAlert({ event: "release-blocked", what, service, environment, url }, session));
  const body = `**This release cannot go on.** ${reason}\n\n${isReceived ? mark : unheard}`;
  if (comment === undefined) await github.rest.issues.createComment({ ...about, body });
  else if (isReceived) await github.rest.issues.updateComment({ ...repository, comment_id: comment.id, body });
}

/**
 * Tells people of what is blocked without a pull request for a comment: units whose release cannot be asked for, and
 * the records of approvals. Once for each reason, and again where it comes back. What was told is remembered by a check
 * on the commit at which the environment's branch left `main`.
 * @param outcomes What became of everything that was looked at.
 */
export async function tellBlockedUnits(
  session: Session,
  environment: string,
  outcomes: readonly Outcome[],
): Promise<void> {
  const bot = process.env.GITOPS_BOT ?? "";
  // A person who runs the command sees it, and may not set checks.
  if (bot === "") return;
  const branch = remoteBranch(environmentBranch(environment));
  const commit = await session.clone
    .git("merge-base", branch, MAIN)
    .catch(() => session.clone.git("rev-parse", branch));
  const runs = await runsOf(session, CHECK, commit, bot);
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
    const summary = isBlocked ? reason : "It is not blocked any more.";
    await setCheck(session, CHECK, commit, { conclusion, title: name, summary, externalId });
  }
}

/** A short mark of a text by which a later run knows that people were told of it. */
export function hashOf(reason: string): string {
  return createHash("sha256").update(reason).digest("hex").slice(0, 16);
}
