import type { Session } from "../session";
import type { ValuesFile } from "../values/files";

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
