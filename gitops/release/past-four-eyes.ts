import { environmentBranch } from "../../environments/catalogue";
import { CHARTS } from "../../environments/service-name";
import { sendAlert } from "../alerts";
import { describeError } from "../describe-error";
import { MAIN, remoteBranch } from "../git/refs";
import { isAboutOne } from "../github/about-one";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { recordTag, withRecords } from "./find-record";
import { released } from "./unrecorded";
import type { ReleaseRecord } from "./write-record";
import { pageOf } from "../target";

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
