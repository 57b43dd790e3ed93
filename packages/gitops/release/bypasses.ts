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
import { released, type ReleaseRecord } from "./write-record";
import { RequestError } from "@octokit/request-error";

/** The check on a merge commit that marks a sent alert. No branch requires it. */
const MERGE_CHECK = "merged-past-four-eyes";

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
  await alertMerge(session, { environment, commit, url, service, refused: trailers.Refused ?? [] });
}

/** Sends the alerts that earlier runs could not: the alert was not received, or the run ended before it. */
export async function alertMissedBypassed(session: Session, environment: string): Promise<void> {
  // Only an App may set the check that marks a sent alert.
  if (session.bot === undefined) return;
  for (const { commit, refused, pullRequest } of await refusedReleases(session, environment)) {
    try {
      if ((await runsOf(session, MERGE_CHECK, commit)).length > 0) continue;
      const { Service, Charts } = await released(session, environment, `${commit}^1`, commit);
      const number = String(pullRequest ?? "");
      const service = Service ?? (Charts === undefined ? `#${number}` : CHARTS);
      const url = pageOf(session.target, `/pull/${number}`);
      await alertMerge(session, { environment, commit, url, service, refused });
    } catch (error) {
      if (!isItemError(error)) throw error;
      session.log(`${environment}: ${describeError(error)}`);
    }
  }
}

async function alertMerge(session: Session, release: BypassedRelease): Promise<void> {
  const { environment, commit, url, service, refused } = release;
  const what = `It was merged although four-eyes refused it: ${refused.join(", ")}.`;
  if (!(await sendAlert({ event: MERGE_CHECK, what, service, environment, url }, session))) return;
  await setCheck(session, MERGE_CHECK, commit, {
    conclusion: "failure",
    title: `${environment}/${service}`,
    summary: what,
  });
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

/** The check on a commit that marks a sent alert. No branch requires it. */
const DEPLOYMENT_CHECK = "foreign-revision";

/** How many of the newest deployments are read. */
const LATEST = 100;

/**
 * Sends an alert if a cluster reports that it deployed a commit that was never the tip of its environment's branch, so
 * someone bypassed the approval. Each service and commit is alerted once. A check of the release App marks a sent
 * alert, because any writer could set another mark to suppress it.
 * @param environments Those that require approvals.
 */
export async function alertForeignRevisions(session: Session, environments: readonly string[]): Promise<void> {
  for (const reported of await foreignDeployments(session, environments)) {
    try {
      await alertDeployment(session, reported);
    } catch (error) {
      if (!isItemError(error)) throw error;
      session.log(`${reported.environment}/${reported.service}: ${describeError(error)}`);
    }
  }
}

async function alertDeployment(session: Session, { environment, service, commit }: ReportedCommit): Promise<void> {
  const name = `${environment}/${service}`;
  const runs = await runsOf(session, DEPLOYMENT_CHECK, commit);
  if (runs.some(({ externalId }) => externalId === name)) return;
  const what =
    `It deployed ${commit.slice(0, 7)}, which was never the tip of ${environmentBranch(environment)}, ` +
    "so nobody approved it.";
  const url = pageOf(session.target, `/commit/${commit}`);
  if (!(await sendAlert({ event: "foreign-revision", what, service, environment, url }, session))) return;
  await setCheck(session, DEPLOYMENT_CHECK, commit, {
    conclusion: "failure",
    title: name,
    summary: what,
    externalId: name,
  });
}

interface ReportedCommit {
  readonly environment: string;
  readonly service: string;
  /** The commit that Argo CD synced. */
  readonly commit: string;
}

async function foreignDeployments(session: Session, environments: readonly string[]): Promise<ReportedCommit[]> {
  const suspect = await offBranch(session, await recentDeployments(session, environments));
  if (suspect.length === 0) return [];
  // The branch may have moved since it was fetched.
  await session.clone.fetch();
  return offBranch(session, suspect);
}

async function offBranch({ clone }: Session, reported: readonly ReportedCommit[]): Promise<ReportedCommit[]> {
  const tips = new Map<string, Set<string>>();
  for (const { environment } of reported) {
    if (tips.has(environment)) continue;
    const log = await clone.git("rev-list", "--first-parent", remoteBranch(environmentBranch(environment)));
    tips.set(environment, new Set(log.split("\n")));
  }
  return reported.filter(({ environment, commit }) => tips.get(environment)?.has(commit) !== true);
}

/**
 * The newest deployments, which Argo CD's notifications name `<environment>/<service>`. All of them count, because any
 * writer can report another one after a foreign deployment.
 */
async function recentDeployments(session: Session, environments: readonly string[]): Promise<ReportedCommit[]> {
  const { github, repository, log } = session;
  try {
    const { data } = await github.rest.repos.listDeployments({ ...repository, per_page: LATEST });
    const found = new Map<string, ReportedCommit>();
    for (const { environment: name, sha } of data) {
      const [environment = "", service, ...more] = name.split("/");
      const isService = service !== undefined && more.length === 0 && environments.includes(environment);
      if (isService) found.set(`${name} ${sha}`, { environment, service, commit: sha });
    }
    return [...found.values()];
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 403) throw error;
    log(
      "deployments: got no permission to read them; expected it, to find out what clusters run. " +
        'Give the release App the permission "Deployments: read".',
    );
    return [];
  }
}
