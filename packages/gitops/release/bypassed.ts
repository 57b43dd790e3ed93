import { environmentBranch } from "@gitops-platform/contract/branches";
import { CHARTS } from "@gitops-platform/contract/paths";
import { recordTag } from "@gitops-platform/contract/tags";
import { sendAlert } from "../alerts";
import { describeError, isItemError } from "../errors";
import { MAIN, remoteBranch } from "../git/refs";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";
import { withRecords } from "./record";
import { released } from "./unrecorded";
import type { ReleaseRecord } from "./write-record";

/** The check on a merge commit that marks a sent alert. No branch requires it. */
const CHECK = "merged-past-four-eyes";

/** How many of the newest commits of an environment's branch are read. */
const LOOK_BACK = 100;

/** A release that was merged although four-eyes refused it. */
type BypassedRelease = Pick<ReleaseRecord, "environment" | "commit" | "url"> & {
  readonly service: string;
  /** Why it was refused: `@login had-part`. */
  readonly refused: readonly string[];
};

/** Sends an alert about a release that was recorded as refused in this run. */
export async function alertBypassed(session: Session, record: ReleaseRecord): Promise<void> {
  const { environment, commit, trailers, url, subject } = record;
  const service = trailers.Service ?? (trailers.Charts === undefined ? subject : CHARTS);
  await alertOnce(session, { environment, commit, url, service, refused: trailers.Refused ?? [] });
}

/** Sends the alerts that earlier runs could not: the alert was not received, or the run ended before it. */
export async function alertMissedBypassed(session: Session, environment: string): Promise<void> {
  // Only an App may set the check that marks a sent alert.
  if (session.bot === undefined) return;
  for (const { commit, refused, pullRequest } of await refusedReleases(session, environment)) {
    try {
      if ((await runsOf(session, CHECK, commit)).length > 0) continue;
      const { Service, Charts } = await released(session, environment, `${commit}^1`, commit);
      const number = String(pullRequest ?? "");
      const service = Service ?? (Charts === undefined ? `#${number}` : CHARTS);
      const url = pageOf(session.target, `/pull/${number}`);
      await alertOnce(session, { environment, commit, url, service, refused });
    } catch (error) {
      if (!isItemError(error)) throw error;
      session.log(`${environment}: ${describeError(error)}`);
    }
  }
}

async function alertOnce(session: Session, release: BypassedRelease): Promise<void> {
  const { environment, commit, url, service, refused } = release;
  const what = `It was merged although four-eyes refused it: ${refused.join(", ")}.`;
  if (!(await sendAlert({ event: CHECK, what, service, environment, url }, session))) return;
  await setCheck(session, CHECK, commit, { conclusion: "failure", title: `${environment}/${service}`, summary: what });
}

/** The releases with a valid record of a refusal, newest first. */
async function refusedReleases({ clone }: Session, environment: string) {
  const range = [remoteBranch(environmentBranch(environment)), "--not", MAIN];
  const log = await clone.git("rev-list", "--first-parent", `--max-count=${LOOK_BACK}`, ...range);
  const format = "--format=%(refname:lstrip=2)%00%(contents:body)%1e";
  const tags = await clone.git("for-each-ref", format, `refs/tags/release/${environment}/`);
  // Verifying a signature is slow, so only the few tags that claim a refusal are verified.
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
