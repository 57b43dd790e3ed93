import { dirname } from "node:path";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { until } from "@gitops-platform/clients/until";
import { commit, gitops, PEOPLE, Protected } from "./protected";
import { seal } from "./support";

type Run = RestEndpointMethodTypes["actions"]["getWorkflowRun"]["response"]["data"];

const CHECKOUT = `actions/checkout@${"8".repeat(40)}`;
/** A step that checks out the run's commit. */
export const checkoutStep = `      - uses: ${CHECKOUT}\n        with: { persist-credentials: false }\n`;

/** A job with one script. */
export function job(script: string, more = ""): string {
  const lines = script.split("\n").map((line) => `          ${line}`);
  return `    runs-on: ubuntu-latest\n${more}    steps:\n      - run: |\n${lines.join("\n")}\n`;
}

/** A stand-in that runs workflows, with a protected repository. */
export class Running extends Protected {
  constructor(seed = PEOPLE) {
    super(seed, { programs: [dirname(process.execPath)] });
  }

  /** Commits workflow files to a branch without rules. */
  async workflows(files: Record<string, string>, branch = "main"): Promise<void> {
    const clone = await this.clone("owner");
    await clone.git("checkout", "--quiet", branch);
    const named = Object.entries(files).map(([name, text]) => [`.github/workflows/${name}.yaml`, text]);
    await commit(clone, `Add ${Object.keys(files).join(", ")}`, Object.fromEntries(named) as Record<string, string>);
    await clone.git("push", "--quiet", "origin", branch);
  }

  /** Waits for the end of the newest run of a workflow (by its name); `after` is the number of its earlier runs. */
  async ended(name: string, after = 0): Promise<Run> {
    return until<Run>(
      `run ${after + 1} of ${name}`,
      async () => {
        const runs = await this.runs(name);
        const run = runs.at(-1 - after);
        if (run?.status === "completed") return { done: run };
        return { waitingFor: run ? `it is ${String(run.status)}` : `there are ${runs.length} runs` };
      },
      LIMIT,
    );
  }

  /** The runs of a workflow, newest first. */
  async runs(name: string): Promise<Run[]> {
    const { data } = await this.octokit("owner").rest.actions.listWorkflowRunsForRepo({ ...gitops, per_page: 100 });
    return data.workflow_runs.filter((run) => run.name === name);
  }

  /** The jobs of a run: name → conclusion. */
  async jobs(run: Pick<Run, "id">): Promise<Record<string, string | null>> {
    const { data } = await this.octokit("owner").rest.actions.listJobsForWorkflowRun({
      ...gitops,
      run_id: run.id,
    });
    return Object.fromEntries(data.jobs.map(({ name, conclusion }) => [name, conclusion]));
  }

  /** The log of a run's job; by default the first job. */
  async log(run: Pick<Run, "id">, name?: string): Promise<string> {
    const { actions } = this.octokit("owner").rest;
    const { data } = await actions.listJobsForWorkflowRun({ ...gitops, run_id: run.id });
    const job_id = Number(data.jobs.find((entry) => name === undefined || entry.name === name)?.id);
    return String((await actions.downloadJobLogsForWorkflowRun({ ...gitops, job_id })).data);
  }

  /** Creates a deployment environment that only `main` can use, with a secret and a variable. */
  async environment(name: string, secrets: Record<string, string>, variables: Record<string, string>): Promise<void> {
    const { actions, repos } = this.octokit("owner").rest;
    const environment = { ...gitops, environment_name: name };
    const deployment_branch_policy = { protected_branches: false, custom_branch_policies: true };
    await repos.createOrUpdateEnvironment({ ...environment, deployment_branch_policy });
    await repos.createDeploymentBranchPolicy({ ...environment, name: "main" });
    const { key, key_id } = (await actions.getEnvironmentPublicKey(environment)).data;
    for (const [secret_name, value] of Object.entries(secrets)) {
      const encrypted_value = await seal(value, key);
      await actions.createOrUpdateEnvironmentSecret({ ...environment, secret_name, encrypted_value, key_id });
    }
    for (const [variable, value] of Object.entries(variables)) {
      await actions.createEnvironmentVariable({ ...environment, name: variable, value });
    }
  }
}

const LIMIT = { timeoutSeconds: 60, everyMilliseconds: 50 };
