import { describeError } from "../errors";
import type { Clone } from "../git/clone";
import type { Session } from "../session";
import type { Reading, Running } from "../status/model";
import { summarizeValues } from "../values/differences";
import { type ValuesFile, valuesPath } from "../../contract/paths";

/** What Argo CD reported last about a service in an environment, by way of GitHub's deployments. */
export interface Report {
  /** The commit that Argo CD synced. */
  readonly commit: string;
  /** A state of GitHub's deployment statuses: `success` is Synced and Healthy. Undefined: nothing was reported yet. */
  readonly state: string | undefined;
  /** What was reported with it. */
  readonly description: string;
}

/** The newest report about a service; undefined where there never was one. Needs the permission to read deployments. */
export async function readReport(
  { github, repository }: Session,
  { environment, service }: ValuesFile,
): Promise<Report | undefined> {
  const name = `${environment}/${service}`;
  const { data } = await github.rest.repos.listDeployments({ ...repository, environment: name, per_page: 1 });
  const [deployment] = data;
  if (!deployment) return undefined;
  const { data: statuses } = await github.rest.repos.listDeploymentStatuses({
    ...repository,
    deployment_id: deployment.id,
    per_page: 1,
  });
  return { commit: deployment.sha, state: statuses[0]?.state, description: statuses[0]?.description ?? "" };
}

const MEANINGS: Readonly<Record<string, string>> = {
  failure: "is not Healthy: Degraded, or its sync failed",
  error: "is not Healthy: Degraded, or its sync failed",
  inactive: "is not running any more",
};

/** Why a report does not say that the service is Healthy; undefined where it does. */
export function healthProblem({ environment, service }: ValuesFile, report: Report | undefined): string | undefined {
  const name = `${service} in ${environment}`;
  if (!report) {
    return (
      `health: nothing is known of ${name}; expected a report that it is Healthy. ` +
      "Set up Argo CD's notifications to write GitHub deployments."
    );
  }
  if (report.state === "success") return undefined;
  const meaning = MEANINGS[report.state ?? ""] ?? "is not Healthy yet: it is being deployed";
  const more = report.description === "" ? "" : ` (${report.description})`;
  return `health: ${name} ${meaning}${more}; expected Healthy. Wait, or look at it in Argo CD.`;
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

/** What a cluster told GitHub last about a service: the newest status of the newest deployment of `<env>/<service>`. */
export async function readReported(
  session: Pick<Session, "github" | "repository" | "clone">,
  file: ValuesFile,
): Promise<Reading<Running>> {
  const { repos } = session.github.rest;
  try {
    const environment = `${file.environment}/${file.service}`;
    const deployments = await repos.listDeployments({ ...session.repository, environment, per_page: 1 });
    const [deployment] = deployments.data;
    if (!deployment) return { state: "nothing known" };
    const { id: deployment_id, sha } = deployment;
    const [status] = (await repos.listDeploymentStatuses({ ...session.repository, deployment_id, per_page: 1 })).data;
    const at = status?.created_at ?? deployment.created_at;
    const values = await valuesAt(session.clone, sha, file);
    return { state: "known", value: reportedRunning({ values, commit: sha, state: status?.state, at }) };
  } catch (error) {
    return { state: "out of reach", reason: describeError(error) };
  }
}

/** What a deployment of GitHub's says. */
export function reportedRunning(report: {
  /** The service's values at the commit; undefined where that is not known. */
  readonly values: string | undefined;
  readonly commit: string;
  /** Of its newest status; undefined: it has none. */
  readonly state: string | undefined;
  readonly at: string;
}): Running {
  const { values, commit, state = "", at } = report;
  const { image, repository } = summarizeValues(values ?? "");
  const health = HEALTH[state] ?? "Unknown";
  const untold = { compared: null, follows: null, sync: null, drift: null };
  return { source: "GitHub deployments", image, repository, commit, health, ...untold, at };
}

/** What a service's values said at a commit; undefined where that commit is not known here. */
async function valuesAt(clone: Clone, commit: string, file: ValuesFile): Promise<string | undefined> {
  const name = `${commit}:${valuesPath(file)}`;
  return (await clone.readBlobs([name])).get(name);
}
