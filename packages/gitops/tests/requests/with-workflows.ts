import { generateKeyPairSync } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RestEndpointMethodTypes } from "@octokit/rest";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "../../bundle";
import { until } from "@gitops-platform/clients/until";
import { seal } from "@gitops-platform/github-stand-in/tests/support";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";
import { BUMP_APP, RELEASE_APP } from "@gitops-platform/test-support/platform-accounts";

const root = join(__dirname, "../../../..");
const read = (file: string) => readFileSync(join(root, file), "utf8");

const keys = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

const member = { organizations: { vaarak: "member" as const } };
const writer = (login: string) => ({
  ...{ login, token: `token-of-${login}` },
  ...member,
  repositories: { "vaarak/*": "write" as const },
});
const app = (slug: string, id: number) => ({
  ...{ slug, id, token: `token-of-${slug}`, publicKey: keys.publicKey, repositories: ["vaarak/gitops"] },
  permissions: {
    ...{ contents: "write" as const, pull_requests: "write" as const, checks: "write" as const },
    ...{ deployments: "read" as const, members: "read" as const },
  },
});

/** The first version in each environment. */
const VERSIONS = { dev: "sha-1111111", staging: "sha-4444444", prod: "sha-5555555" };

/** A run of a workflow. */
export type Run = RestEndpointMethodTypes["actions"]["getWorkflowRun"]["response"]["data"];

/** Requests an identity token, and prints it backwards so that the log does not mask it. */
const ASK = `name: Ask
on:
  workflow_dispatch: { inputs: { audience: { type: string, required: true } } }
  pull_request_target:
permissions: {}
jobs:
  ask:
    runs-on: ubuntu-latest
    permissions: { id-token: write }
    steps:
      - env: { AUDIENCE: "\${{ inputs.audience || github.event.pull_request.title }}" }
        run: |
          answer=$(curl -fsSG --data-urlencode "audience=$AUDIENCE" \\
            -H "Authorization: bearer $ACTIONS_ID_TOKEN_REQUEST_TOKEN" "$ACTIONS_ID_TOKEN_REQUEST_URL")
          echo "value $(sed -E 's/.*"value":"([^"]+)".*/\\1/' <<< "$answer" | rev)"
`;

/** A GitOps repository with the platform's own workflows, and repositories of services. `ci` holds a token of CI. */
export class WithWorkflows extends GitopsRepository {
  constructor() {
    super(
      {
        users: [
          ...["dora", "approver", "pat"].map(writer),
          {
            ...writer("ci"),
            token: "nobody-uses-this",
            tokens: [{ token: "token-of-ci", permissions: { actions: "write" }, repositories: ["vaarak/gitops"] }],
          },
        ],
        apps: [app("bump", BUMP_APP), app("release", RELEASE_APP)],
      },
      { programs: [dirname(process.execPath), join(root, "packages/sandbox/runner-programs")] },
    );
  }

  /**
   * Makes all repositories, with everything that workflows need.
   * @param more Further files.
   */
  async begin(more: Record<string, string> = {}): Promise<void> {
    await this.make({
      // The workflows that people and CI start, and those that follow. The tests set the check of Validate.
      workflows: ["bump", "land", "promote", "promote-automatically", "rollback", "break-glass"],
      ci: { ciAccounts: ["CI"], serviceRepositories: { web: "vaarak/web-app" } },
      files: {
        [GITOPS_PATH]: bundle(),
        ...Object.fromEntries(
          Object.entries(VERSIONS).flatMap(([name, tag]) => [
            [`environments/${name}/api.yaml`, values(tag)],
            [`environments/${name}/web.yaml`, values(tag, "web")],
          ]),
        ),
        ...more,
      },
    });
    await this.giveKey("gitops", "bump", { BUMP_APP_KEY: keys.privateKey }, { BUMP_APP_ID: String(BUMP_APP) });
    await this.giveKey(
      "gitops",
      "release",
      { RELEASE_APP_KEY: keys.privateKey },
      { RELEASE_APP_ID: String(RELEASE_APP) },
    );
    for (const name of ["api", "web-app"]) await this.service(name);
  }

  /** Starts a workflow of a repository. Returns the conclusion and the log of its run. */
  async run(login: string, workflow: string, inputs: Record<string, string>, { repo = "gitops", ref = "main" } = {}) {
    const about = { owner: "vaarak", repo };
    const before = (await this.runs(repo)).length;
    await this.octokit(login).rest.actions.createWorkflowDispatch({ ...about, workflow_id: workflow, ref, inputs });
    return this.ended(before, repo);
  }

  /** Waits for the end of the run that follows a number of earlier runs. */
  async ended(before: number, repo = "gitops") {
    const run = await until<Run>("the run to end", async () => {
      const found = (await this.runs(repo)).at(-1 - before);
      return found?.status === "completed" ? { done: found } : { waitingFor: found?.status ?? "nothing" };
    });
    return this.said(run, repo);
  }

  /** Repeats a run. */
  async again(login: string, id: number) {
    await this.octokit(login).rest.actions.reRunWorkflow({ ...repository, run_id: id });
    const run = await until<Run>("the second attempt to end", async () => {
      const found = (await this.runs()).find((one) => one.id === id);
      const isOver = found?.run_attempt === 2 && found.status === "completed";
      return isOver ? { done: found } : { waitingFor: found?.status ?? "nothing" };
    });
    return this.said(run, "gitops");
  }

  /** The runs of a repository, newest first, without those of Land, which follow every bump. */
  async runs(repo = "gitops") {
    const { rest } = this.octokit("owner");
    const { data } = await rest.actions.listWorkflowRunsForRepo({ owner: "vaarak", repo, per_page: 100 });
    return data.workflow_runs.filter(({ name }) => name !== "Land");
  }

  /** Waits until a version of a service is in dev's values on `main`. */
  async landed(service: string, tag: string): Promise<void> {
    await until(`${service} ${tag} on main`, async () => {
      const text = await this.read(`environments/dev/${service}.yaml`);
      return text.includes(`tag: "${tag}"`) ? { done: true } : { waitingFor: "the workflow Land" };
    });
  }

  /** An identity token of a service's repository. */
  async identity(repo: string, audience: string, ref = "main"): Promise<string> {
    return tokenIn((await this.run("dora", "ask.yaml", { audience }, { repo, ref })).log);
  }

  /** An identity token of a pull request's run, which is on main too. */
  async identityOfPullRequest(repo: string, audience: string): Promise<string> {
    const before = (await this.runs(repo)).length;
    const { rest } = this.octokit("dora");
    const text = Buffer.from("x").toString("base64");
    const file = { owner: "vaarak", repo, path: "x", branch: "side", message: "x", content: text };
    await rest.repos.createOrUpdateFileContents(file);
    await rest.pulls.create({ owner: "vaarak", repo, head: "side", base: "main", title: audience });
    return tokenIn((await this.ended(before, repo)).log);
  }

  /** The environment of `gitops` in a run that CI started with an identity token. */
  environmentWith(identity: string, by = "ci"): Record<string, string> {
    const file = join(this.folder, "event.json");
    writeFileSync(file, JSON.stringify({ inputs: { identity } }));
    return {
      ...{ GITHUB_SERVER_URL: this.url, GITHUB_API_URL: `${this.url}/api/v3`, GITHUB_REPOSITORY: "vaarak/gitops" },
      ...{ GITHUB_TOKEN: "token-of-bump", GITOPS_BOT: "bump[bot]", GITHUB_EVENT_PATH: file },
      ...{ GITOPS_REQUESTED_BY: by, GITOPS_STARTED_BY: by },
    };
  }

  private async said(run: Run, repo: string) {
    const { rest } = this.octokit("owner");
    const about = { owner: "vaarak", repo };
    const { data } = await rest.actions.listJobsForWorkflowRun({ ...about, run_id: run.id });
    const logs = data.jobs.map(async ({ id }) => {
      return String((await rest.actions.downloadJobLogsForWorkflowRun({ ...about, job_id: id })).data);
    });
    return { id: run.id, conclusion: run.conclusion, log: (await Promise.all(logs)).join("\n") };
  }

  private async giveKey(
    repo: string,
    name: string,
    secrets: Record<string, string>,
    variables: Record<string, string>,
  ): Promise<void> {
    const { actions, repos } = this.octokit("owner").rest;
    const environment = { owner: "vaarak", repo, environment_name: name };
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

  /** The files of a service's own repository, according to app-repo/README.md. */
  private async service(repo: string): Promise<void> {
    const { rest } = this.octokit("owner");
    const about = { owner: "vaarak", repo };
    await rest.repos.createInOrg({ org: "vaarak", name: repo, private: true, auto_init: true });
    await this.giveKey(repo, "gitops", { GITOPS_BUMP_TOKEN: "token-of-ci" }, {});
    await rest.actions.createRepoVariable({ ...about, name: "GITOPS_REPOSITORY", value: "Vaarak/gitops" });
    const image = ".github/workflows/image.yaml";
    for (const [path, text] of [
      ["Dockerfile", "FROM scratch\n"],
      [".github/workflows/ask.yaml", ASK],
      [image, read(`app-repo/${image}`)],
    ] as const) {
      const content = Buffer.from(text).toString("base64");
      await rest.repos.createOrUpdateFileContents({ ...about, path, message: `Add ${path} [skip ci]`, content });
    }
    const { data } = await rest.git.getRef({ ...about, ref: "heads/main" });
    await rest.git.createRef({ ...about, ref: "refs/heads/side", sha: data.object.sha });
  }
}

function tokenIn(log: string): string {
  const found = / value (\S+)$/m.exec(log)?.[1];
  if (found === undefined) throw new Error(`no token: ${log}`);
  return Buffer.from(found).reverse().toString();
}
