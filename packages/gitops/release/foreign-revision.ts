import { RequestError } from "@octokit/request-error";
import { environmentBranch } from "@gitops-platform/contract/branches";
import { sendAlert } from "../alerts";
import { describeError, isItemError } from "../errors";
import { remoteBranch } from "../git/refs";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";

/** The check on a commit that marks a sent alert. No branch requires it. */
const CHECK = "foreign-revision";

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
      await alertOnce(session, reported);
    } catch (error) {
      if (!isItemError(error)) throw error;
      session.log(`${reported.environment}/${reported.service}: ${describeError(error)}`);
    }
  }
}

async function alertOnce(session: Session, { environment, service, commit }: ReportedCommit): Promise<void> {
  const name = `${environment}/${service}`;
  const runs = await runsOf(session, CHECK, commit);
  if (runs.some(({ externalId }) => externalId === name)) return;
  const what = `It deployed ${commit.slice(0, 7)}, which was never the tip of ${environmentBranch(environment)}, so nobody approved it.`;
  const url = pageOf(session.target, `/commit/${commit}`);
  if (!(await sendAlert({ event: "foreign-revision", what, service, environment, url }, session))) return;
  await setCheck(session, CHECK, commit, { conclusion: "failure", title: name, summary: what, externalId: name });
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
