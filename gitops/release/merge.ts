import { recordTag } from "../../contract/tags";
import { setTimeout } from "node:timers/promises";
import { RequestError } from "@octokit/request-error";
import { environmentBranch } from "../../contract/branches";
import { environmentCheck } from "../../contract/checks";
import { formatProblem } from "../../environments/problems";
import { CHARTS } from "../../contract/paths";
import { sendAlert } from "../alerts";
import { describeError, Failure } from "../errors";
import { judge, report } from "../four-eyes/judge";
import type { Verdict } from "../four-eyes/verdict";
import { checkOf, summaryOf, titleOf } from "../four-eyes/verdict-text";
import { formatMessage } from "../../contract/trailers";
import { mergedTree } from "../git/commits";
import { fetchOfPull, MAIN, remoteBranch } from "../git/refs";
import { approvalsOf } from "../github/approvals";
import { newestRun, runsOf, setCheck } from "../github/checks";
import { hindrancesOfRefused } from "../github/hindrances";
import { isAboutOne, passesByItself, refusalOf } from "../github/merging";
import { releaseByNumber, type ReleasePull } from "../github/release-pulls";
import type { Session } from "../session";
import { pageOf } from "../target";
import { isFresh } from "./main-branch";
import { withRecords } from "./record";
import { released } from "./unrecorded";
import type { ReleaseRecord } from "./write-record";

/** A release was let in; or what it waits for; or why it cannot go on by waiting. */
export type Merge =
  | { readonly merged: string }
  | { readonly waitsFor: string }
  /** `isOurs`: by the platform, so that everybody's releases are. */
  | { readonly blocked: string; readonly isOurs?: true };

/**
 * Merges a pull request into an environment's branch where owners who had no part in it approve it, and `validate`
 * succeeded. `four-eyes` succeeds for the moment of the merge alone, so that nobody else finds a success to merge
 * something by. GitHub asks once more for its own part: owners, and the checks.
 * @param isUnit Whether it is a release of the platform's own, which is made again when what it was validated against
 *   changes.
 * @param checkRecord Throws {@link Failure} where who approved it could not be recorded: then it is not merged.
 *   Default: nothing is recorded.
 */
export async function mergeIfApproved(
  session: Session,
  number: number,
  isUnit: boolean,
  checkRecord?: () => Promise<void>,
): Promise<Merge> {
  // Most wait for an approval: that is one call.
  if ((await approvalsOf(session, number)).length === 0) return { waitsFor: "Waits for an approval." };
  const pull = await releaseByNumber(session, number);
  if (pull?.state !== "open") return { waitsFor: "Was closed meanwhile." };
  if (pull.isDraft) return { waitsFor: "Is a draft." };
  await session.clone.fetch(fetchOfPull(number));
  const invalid = await notValid(session, pull, isUnit);
  if (invalid) return invalid;
  const verdict = await judge(session, pull);
  if (verdict.state !== "approved") return notApproved(verdict);
  try {
    await checkRecord?.();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { blocked: `its approval could not be recorded: ${error.message}`, isOurs: true };
  }
  return merge(session, pull, verdict);
}

async function notValid(session: Session, pull: ReleasePull, isUnit: boolean): Promise<Merge | undefined> {
  const name = environmentCheck("validate", pull.environment);
  const run = await newestRun(session, name, pull.head);
  if (run?.conclusion === "failure") {
    return { blocked: `the check ${name} failed: ${[run.title, run.summary].filter((text) => text).join("\n")}` };
  }
  if (run?.conclusion !== "success") return { waitsFor: `Waits for the check ${name}.` };
  if (isUnit || (await isFresh(session, pull))) return undefined;
  const branch = environmentBranch(pull.environment);
  return { waitsFor: `${branch} changed since ${name} judged it. Update the branch: bring ${branch} into it.` };
}

/** What no further approval changes does not pass by waiting. */
function notApproved(verdict: Verdict): Merge {
  const cannotTell = verdict.approvals.some((approval) => !approval.counts && approval.reason === "unknown-member");
  if (verdict.state === "refused" || cannotTell) {
    return { blocked: `four-eyes refuses it: ${titleOf(verdict)}.\n${summaryOf(verdict)}` };
  }
  return { waitsFor: `${titleOf(verdict)}.` };
}

async function merge(session: Session, pull: ReleasePull, verdict: Verdict): Promise<Merge> {
  const { clone, github, repository } = session;
  const { environment, number, head, title } = pull;
  const base = remoteBranch(environmentBranch(environment));
  const tree = await mergedTree(clone, base, head);
  if (tree === undefined)
    return { waitsFor: `It conflicts with ${environmentBranch(environment)}. Update the branch.` };
  const trailers = { ...(await released(session, environment, base, tree)), Environment: environment };
  const request = {
    ...repository,
    pull_number: number,
    merge_method: "merge" as const,
    sha: head,
    commit_title: `${title} (#${number})`,
    // GitHub puts the title before it.
    commit_message: formatMessage("", { ...trailers, "Pull-Request": String(number) }).trim(),
  };
  const check = { ...checkOf(verdict, head), conclusion: "success" as const };
  let isMerged = false;
  try {
    for (let attempt = 1; ; attempt++) {
      await setCheck(session, environmentCheck("four-eyes", environment), head, check);
      try {
        const { data } = await github.rest.pulls.merge(request);
        isMerged = true;
        await checkMerged(session, pull, data.sha, tree);
        return { merged: data.sha };
      } catch (error) {
        const isRefused = error instanceof RequestError && (error.status === 405 || error.status === 409);
        if (!isRefused) throw error;
        const refusal = refusalOf(error);
        const reason = `GitHub refuses to merge it: ${refusal}`;
        // Its head moved: the next run looks again.
        if (error.status === 409) return { waitsFor: reason };
        // Otherwise somebody requests changes, or a rule of the organisation is in the way: waiting does not help.
        if (attempt === ATTEMPTS && passesByItself(refusal)) return { waitsFor: reason };
        if (attempt === ATTEMPTS) return { blocked: await withHindrances(session, environment, reason) };
      }
      // GitHub sees a check a moment after it is set.
      await setTimeout(PAUSE);
    }
  } finally {
    if (!isMerged) await report(session, pull, verdict);
  }
}

/** Why GitHub refuses a merge: its words, and the settings and rules that can never be met, where they can be read. */
async function withHindrances(session: Session, environment: string, reason: string): Promise<string> {
  const found = (await hindrancesOfRefused(session, environmentBranch(environment))) ?? [];
  return [reason, ...found.map(formatProblem)].join("\n");
}

/** Alerts where GitHub's merge made something else than what was judged. */
async function checkMerged(session: Session, pull: ReleasePull, commit: string, tree: string): Promise<void> {
  const { clone } = session;
  const { environment, url, number } = pull;
  await clone.fetch();
  if ((await clone.find(`${commit}^{tree}`)) === tree) return;
  const what = `Its merge ${commit.slice(0, 7)} made something else of ${environmentBranch(environment)} than was judged.`;
  await sendAlert({ event: "merged-past-four-eyes", what, service: `#${number}`, environment, url }, session);
}

const ATTEMPTS = 4;
/** In milliseconds. */
const PAUSE = 500;

/** The check on a merge that says that people were alerted about it. No branch asks for it. */
const CHECK = "merged-past-four-eyes";

/** So many of the newest commits of an environment's branch are looked at. */
const LOOK_BACK = 100;

/** A release that was merged although four-eyes refused it. */
type Past = Pick<ReleaseRecord, "environment" | "commit" | "url"> & {
  readonly service: string;
  /** What spoke against it: `@login had-part`. */
  readonly refused: readonly string[];
};

/** Alerts about a release that was recorded just now. */
export async function tellPastFourEyes(session: Session, record: ReleaseRecord): Promise<void> {
  const { environment, commit, trailers, url, subject } = record;
  const service = trailers.Service ?? (trailers.Charts === undefined ? subject : CHARTS);
  await tell(session, { environment, commit, url, service, refused: trailers.Refused ?? [] });
}

/**
 * Alerts about releases whose record says so and of which nobody heard: the alert was not received, or the run ended
 * before it.
 */
export async function tellUnheardPastFourEyes(session: Session, environment: string): Promise<void> {
  const bot = process.env.GITOPS_BOT ?? "";
  // Only an App may set the check that remembers it.
  if (bot === "") return;
  for (const { commit, refused, pullRequest } of await refusedReleases(session, environment)) {
    try {
      if ((await runsOf(session, CHECK, commit, bot)).length > 0) continue;
      const { Service, Charts } = await released(session, environment, `${commit}^1`, commit);
      const number = String(pullRequest ?? "");
      const service = Service ?? (Charts === undefined ? `#${number}` : CHARTS);
      const url = pageOf(session.target, `/pull/${number}`);
      await tell(session, { environment, commit, url, service, refused });
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      session.say(`${environment}: ${describeError(error)}`);
    }
  }
}

async function tell(session: Session, { environment, commit, url, service, refused }: Past): Promise<void> {
  const what = `It was merged although four-eyes refused it: ${refused.join(", ")}.`;
  if (!(await sendAlert({ event: CHECK, what, service, environment, url }, session))) return;
  await setCheck(session, CHECK, commit, { conclusion: "failure", title: `${environment}/${service}`, summary: what });
}

/** Those whose record can be trusted, newest first. */
async function refusedReleases({ clone }: Session, environment: string) {
  const range = [remoteBranch(environmentBranch(environment)), "--not", MAIN];
  const log = await clone.git("rev-list", "--first-parent", `--max-count=${LOOK_BACK}`, ...range);
  const format = "--format=%(refname:lstrip=2)%00%(contents:body)%1e";
  const tags = await clone.git("for-each-ref", format, `refs/tags/release/${environment}/`);
  // Few are: only their signatures are verified.
  const names = tags.split("\x1e").flatMap((tag) => {
    const [name = "", body = ""] = tag.trimStart().split("\0");
    return /^Refused: /m.test(body) ? [name] : [];
  });
  const commits = log.split("\n").filter((commit) => {
    const first = recordTag(environment, commit);
    return commit !== "" && names.some((name) => name === first || name.startsWith(`${first}-`));
  });
  if (commits.length === 0) return [];
  return withRecords(clone, async (find) => {
    const found = [];
    for (const commit of commits) {
      const record = await find(environment, commit);
      if ("refused" in record && record.refused.length > 0) found.push({ commit, ...record });
    }
    return found;
  });
}
