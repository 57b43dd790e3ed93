import { RequestError } from "@octokit/request-error";
import { environmentBranch } from "../../contract/branches";
import { sendAlert } from "../alerts";
import { describeError } from "../errors";
import { remoteBranch } from "../git/refs";
import { isAboutOne } from "../github/merging";
import { runsOf, setCheck } from "../github/checks";
import type { Session } from "../session";
import { pageOf } from "../target";

/** The check that marks a commit about which people were alerted. No branch asks for it. */
const CHECK = "foreign-revision";

/** So many of the newest deployments are looked at. */
const LATEST = 100;

/**
 * Alerts where a cluster reports that it deployed a commit which its environment's branch was never at: somebody
 * deployed past the gate. Once for each service and commit. The mark is a check by the platform's own App, because any
 * writer could set another one to keep this quiet.
 * @param environments Those whose branch waits for approvals.
 */
export async function tellForeign(session: Session, environments: readonly string[]): Promise<void> {
  for (const reported of await foreignDeployments(session, environments)) {
    try {
      await tell(session, reported);
    } catch (error) {
      if (!isAboutOne(error)) throw error;
      session.say(`${reported.environment}/${reported.service}: ${describeError(error)}`);
    }
  }
}

async function tell(session: Session, { environment, service, commit }: Reported): Promise<void> {
  const name = `${environment}/${service}`;
  const runs = await runsOf(session, CHECK, commit, process.env.GITOPS_BOT);
  if (runs.some(({ externalId }) => externalId === name)) return;
  const what = `It ran ${commit.slice(0, 7)}, which ${environmentBranch(environment)} never was at: nobody approved that.`;
  const url = pageOf(session.target, `/commit/${commit}`);
  if (!(await sendAlert({ event: "foreign-revision", what, service, environment, url }, session))) return;
  await setCheck(session, CHECK, commit, { conclusion: "failure", title: name, summary: what, externalId: name });
}

interface Reported {
  readonly environment: string;
  readonly service: string;
  /** The commit that Argo CD synced. */
  readonly commit: string;
}

async function foreignDeployments(session: Session, environments: readonly string[]): Promise<Reported[]> {
  const suspect = await offBranch(session, await recentDeployments(session, environments));
  if (suspect.length === 0) return [];
  // The branch may have moved after it was fetched.
  await session.clone.fetch();
  return offBranch(session, suspect);
}

async function offBranch({ clone }: Session, reported: readonly Reported[]): Promise<Reported[]> {
  const lines = new Map<string, Set<string>>();
  for (const { environment } of reported) {
    if (lines.has(environment)) continue;
    const log = await clone.git("rev-list", "--first-parent", remoteBranch(environmentBranch(environment)));
    lines.set(environment, new Set(log.split("\n")));
  }
  return reported.filter(({ environment, commit }) => lines.get(environment)?.has(commit) !== true);
}

/**
 * The newest deployments of services, as Argo CD's notifications name them: `<environment>/<service>`. Not the last one
 * of each alone: any writer can report another one after it.
 */
async function recentDeployments(session: Session, environments: readonly string[]): Promise<Reported[]> {
  const { github, repository, say } = session;
  try {
    const { data } = await github.rest.repos.listDeployments({ ...repository, per_page: LATEST });
    const found = new Map<string, Reported>();
    for (const { environment: name, sha } of data) {
      const [environment = "", service, ...more] = name.split("/");
      const isService = service !== undefined && more.length === 0 && environments.includes(environment);
      if (isService) found.set(`${name} ${sha}`, { environment, service, commit: sha });
    }
    return [...found.values()];
  } catch (error) {
    if (!(error instanceof RequestError) || error.status !== 403) throw error;
    say(
      "deployments: got no right to read them; expected it, to see what clusters run. Give the release App Deployments: read.",
    );
    return [];
  }
}
