import { as, gitops } from "../../e2e/support/people";
import { until } from "@gitops-platform/clients/until";
import type { Actor } from "./actors";
import { allowed, call, type Answer } from "./github";
import { freshBranch } from "./pulls";
import type { Workshop } from "./git";

/** A run of a workflow, in the API's format. */
export interface Run {
  readonly id: number;
  readonly status: string;
  readonly conclusion: string | null;
  readonly head_branch: string;
  readonly run_attempt: number;
}

async function runsOf(workflow: string): Promise<Run[]> {
  const path = `actions/workflows/${workflow}/runs?per_page=50`;
  return (await allowed<{ workflow_runs: Run[] }>("developer", "GET", path)).workflow_runs;
}

async function newestOf(workflow: string): Promise<number> {
  return Math.max(0, ...(await runsOf(workflow)).map(({ id }) => id));
}

/** The result of a started workflow. */
export interface Ended {
  /** The run's id, if it ran. */
  readonly id?: number;
  readonly answer: Answer;
  readonly conclusion: string | null;
  readonly log: string;
}

/** Starts a workflow as an actor, and waits for its end if GitHub allows it. */
export function dispatch(by: Actor, workflow: string, inputs: Record<string, string>): Promise<Ended> {
  const path = `actions/workflows/${workflow}/dispatches`;
  return startedBy(workflow, () => call(by, "POST", path, { ref: "main", inputs }));
}

/** Calls a function that starts a run, and waits for the end of the run. */
export async function startedBy(workflow: string, start: () => Promise<Answer>): Promise<Ended> {
  const before = await newestOf(workflow);
  const answer = await start();
  if (answer.refused) return { answer, conclusion: null, log: answer.said };
  const { id, conclusion } = await endOf(workflow, before);
  return { id, answer, conclusion, log: await logOf(id) };
}

/** Re-runs a run as an actor, and waits for its end. */
export async function rerun(by: Actor, { id = 0 }: Ended): Promise<Ended> {
  const answer = await call(by, "POST", `actions/runs/${id}/rerun`);
  if (answer.refused) return { answer, conclusion: null, log: answer.said };
  const run = await until<Run>("the second attempt", async () => {
    const found = await allowed<Run>("developer", "GET", `actions/runs/${id}`);
    const isOver = found.run_attempt === 2 && found.status === "completed";
    return isOver ? { done: found } : { waitingFor: `attempt ${found.run_attempt} is ${found.status}` };
  });
  return { id, answer, conclusion: run.conclusion, log: await logOf(id) };
}

async function endOf(workflow: string, before: number): Promise<Run> {
  return until<Run>(`the end of ${workflow}`, async () => {
    const [run] = (await runsOf(workflow)).filter(({ id }) => id > before).sort((a, b) => a.id - b.id);
    return run?.status === "completed" ? { done: run } : { waitingFor: run?.status ?? "its run" };
  });
}

/** The logs of all jobs of a run. */
export async function logOf(run: number): Promise<string> {
  const { jobs } = await allowed<{ jobs: { id: number }[] }>("developer", "GET", `actions/runs/${run}/jobs`);
  const logs = jobs.map(async ({ id }) => {
    const { rest } = await as("developer");
    const { data } = await rest.actions.downloadJobLogsForWorkflowRun({ ...gitops, job_id: id });
    return String(data);
  });
  return (await Promise.all(logs)).join("\n");
}

/**
 * Waits until Release has checked all releases once more. It merges everything that may be merged, so what is still
 * open afterwards was refused.
 */
export async function releaseRanAgain(): Promise<void> {
  const before = await newestOf("release.yaml");
  await allowed("engineer", "POST", "actions/workflows/release.yaml/dispatches", { ref: "main" });
  await until("another run of Release", async () => {
    const runs = (await runsOf("release.yaml")).filter(({ id }) => id > before);
    // A run fails if one release cannot be processed, but still checks all the others. A cancelled run may have checked
    // nothing.
    const done = runs.find(({ conclusion }) => conclusion === "success" || conclusion === "failure");
    return done ? { done } : { waitingFor: runs.map(({ status }) => status).join(", ") || "its run" };
  });
}

/**
 * Runs a script with the token of a workflow that an actor pushes to a branch of their own.
 * @param permissions the permissions that the workflow requests for its token
 * @returns the job's conclusion and log
 */
export async function withWorkflowToken(
  workshop: Workshop,
  by: Actor,
  permissions: Record<string, "read" | "write">,
  script: string,
): Promise<Ended> {
  const branch = freshBranch("workflow");
  const steps = [{ run: script, env: { T: "${{ github.token }}" } }];
  const workflow = {
    name: branch,
    on: { push: { branches: [branch] } },
    permissions,
    jobs: { go: { "runs-on": "ubuntu-latest", steps } },
  };
  await workshop.fetch();
  const file = `.github/workflows/${branch}.yaml`;
  const commit = workshop.commit(workshop.tip("main"), { [file]: JSON.stringify(workflow) });
  const answer = await workshop.push(by, `${commit}:refs/heads/${branch}`);
  if (answer.refused) return { answer, conclusion: null, log: answer.said };
  const run = await endedOn(branch);
  return { answer, conclusion: run.conclusion, log: await logOf(run.id) };
}

/** The shell command that calls GitHub's API with the workflow's token, and prints the response and its status. */
export function curl(method: string, path: string, body?: object): string {
  const data = body ? ` -d '${JSON.stringify(body)}'` : "";
  const headers = `-H "Authorization: Bearer $T" -H "Content-Type: application/json"`;
  const url = `"$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/${path}"`;
  return `curl -s -w '\\nstatus %{http_code}\\n' -X ${method} ${headers} ${url}${data}`;
}

/** Waits for the end of the only run on a branch. */
export async function endedOn(branch: string): Promise<Run> {
  return until<Run>(`the workflow on ${branch}`, async () => {
    const path = `actions/runs?branch=${branch}`;
    const { workflow_runs: runs } = await allowed<{ workflow_runs: Run[] }>("developer", "GET", path);
    const [found] = runs.filter(({ head_branch }) => head_branch === branch);
    return found?.status === "completed" ? { done: found } : { waitingFor: found?.status ?? "its run" };
  });
}
