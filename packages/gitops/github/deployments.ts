import type { ValuesFile } from "@gitops-platform/contract/paths";
import { describeError } from "../errors";
import type { Session } from "../session";
import type { Reading, Running } from "../status/model";
import { summariesAt } from "../values/at";
import type { ValuesSummary } from "../values/differences";

/** What Argo CD reported last about a service in an environment: the newest status of its newest GitHub deployment. */
export interface DeploymentStatus {
  /** The commit that Argo CD synced. */
  readonly commit: string;
  /** GitHub's state: `success` means Synced and Healthy. undefined: nothing was reported yet. */
  readonly state: string | undefined;
  readonly description: string;
  /** When it was reported, ISO 8601. */
  readonly at: string;
  /** Whether an App reported it, as Argo CD does. Every writer can report something too, also by a workflow's token. */
  readonly isFromApp: boolean;
  /** The logins of those who created the deployment and this status. */
  readonly reporters: readonly string[];
}

/** A deployment on GitHub. */
export interface GitHubDeployment {
  readonly id: number;
  readonly commit: string;
  /** When it was created, ISO 8601. */
  readonly at: string;
  /** Whether an App created it. */
  readonly isFromApp: boolean;
  /** The login of who created it; undefined: the account is gone. */
  readonly creator: string | undefined;
}

type Api = Pick<Session, "github" | "repository">;

/** undefined: there was never a deployment. Needs the permission to read deployments. */
export async function readDeploymentStatus(
  api: Api,
  { environment, service }: ValuesFile,
): Promise<DeploymentStatus | undefined> {
  const request = { ...api.repository, environment: `${environment}/${service}`, per_page: 1 };
  const [deployment] = (await api.github.rest.repos.listDeployments(request)).data;
  if (!deployment) return undefined;
  return readNewestStatus(api, toDeployment(deployment));
}

/** The fields of GitHub's deployment that are read here. */
interface DeploymentData {
  readonly id: number;
  readonly sha: string;
  readonly created_at: string;
  readonly creator: Creator | null;
}

interface Creator {
  readonly login: string;
  readonly type: string;
}

/** A deployment, from GitHub's own data. */
export function toDeployment({ id, sha, created_at: at, creator }: DeploymentData): GitHubDeployment {
  return { id, commit: sha, at, isFromApp: isApp(creator), creator: creator?.login };
}

/** GitHub Actions does not count, because any writer can act as it, by a workflow on a branch of their own. */
function isApp(creator: Creator | null): boolean {
  return creator?.type === "Bot" && creator.login !== "github-actions[bot]";
}

/** The newest status of one deployment. */
export async function readNewestStatus(
  { github, repository }: Api,
  { id, commit, at, isFromApp, creator: requester }: GitHubDeployment,
): Promise<DeploymentStatus> {
  const request = { ...repository, deployment_id: id, per_page: 1 };
  const [status] = (await github.rest.repos.listDeploymentStatuses(request)).data;
  if (!status) return { commit, state: undefined, description: "", at, isFromApp, reporters: known(requester) };
  const { state, description, created_at, creator } = status;
  const reporters = known(requester, creator?.login);
  return { commit, state, description, at: created_at, isFromApp: isFromApp && isApp(creator), reporters };
}

function known(...logins: readonly (string | undefined)[]): string[] {
  return logins.filter((login) => login !== undefined);
}

/** The live state of a service as its cluster reported it to GitHub. */
export async function readReported(session: Api & Pick<Session, "clone">, file: ValuesFile): Promise<Reading<Running>> {
  try {
    const status = await readDeploymentStatus(session, file);
    if (!status) return { state: "nothing known" };
    const [values] = await summariesAt(session.clone, [{ ...file, revision: status.commit }]);
    return { state: "known", value: reportedState(status, values) };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}

/** What Argo CD's notifications mean by the states of a deployment. */
const HEALTH: Partial<Record<string, string>> = {
  success: "Healthy",
  failure: "Degraded",
  error: "Degraded",
  in_progress: "Progressing",
  pending: "Progressing",
  queued: "Progressing",
};

/**
 * The live state that a deployment status reports.
 * @param values The service's values at the status's commit; undefined where the clone does not have that commit.
 */
export function reportedState(
  { commit, state = "", at }: DeploymentStatus,
  values: Pick<ValuesSummary, "image" | "repository"> | undefined,
): Running {
  const { image, repository } = values ?? { image: null, repository: null };
  const health = HEALTH[state] ?? "Unknown";
  const unreported = { compared: null, follows: null, sync: null, drift: null };
  return { source: "GitHub deployments", image, repository, commit, health, ...unreported, at };
}

const MEANINGS: Readonly<Record<string, string>> = {
  failure: "is not Healthy: Degraded, or its sync failed",
  error: "is not Healthy: Degraded, or its sync failed",
  inactive: "is not running any more",
};

/** Why a service is not known to be Healthy; undefined where it is. */
export function healthProblem(
  { environment, service }: ValuesFile,
  status: Pick<DeploymentStatus, "state" | "description"> | undefined,
): string | undefined {
  const name = `${service} in ${environment}`;
  if (!status) {
    return (
      `health: nothing is known of ${name}; expected a report that it is Healthy. ` +
      "Set up Argo CD's notifications to write GitHub deployments."
    );
  }
  if (status.state === "success") return undefined;
  const meaning = MEANINGS[status.state ?? ""] ?? "is not Healthy yet: it is being deployed";
  const more = status.description === "" ? "" : ` (${status.description})`;
  return `health: ${name} ${meaning}${more}; expected Healthy. Wait, or look at it in Argo CD.`;
}
