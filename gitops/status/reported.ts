import { describeError } from "../describe-error";
import type { Clone } from "../git/clone";
import type { Session } from "../session";
import { type ValuesFile, valuesPath } from "../values/files";
import { summarizeValues } from "../values/summary";
import type { Reading, Running } from "./model";

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
