import assert from "node:assert/strict";
import type { Octokit } from "@octokit/rest";
import { gitops, PEOPLE, Protected } from "./protected";
import { Receiver, refusal } from "./support";

/** The App with which a cluster reports deployments, and one that can only read them. */
const apps = [
  ...(PEOPLE.apps ?? []),
  {
    slug: "cluster-app",
    id: 4712,
    token: "token-of-cluster-app",
    permissions: { deployments: "write" as const },
    repositories: ["vaarak/gitops"],
    tokens: [{ token: "token-of-cluster-app-reading", permissions: { deployments: "read" as const } }],
  },
];
/** The deployment that the cluster's notifications create. */
const asked = { ...gitops, auto_merge: false, required_contexts: [] as string[] };

describe("GitHub stand-in: deployments", function () {
  this.timeout(30_000);
  const github = new Protected({ ...PEOPLE, apps });
  let repos: Octokit["rest"]["repos"];
  before(() => github.start());
  beforeEach(async () => {
    await github.set();
    ({ repos } = github.octokit("cluster-app").rest);
  });
  afterEach(() => github.octokit("owner").rest.repos.delete(gitops));
  after(() => github.remove());

  const head = async (branch = "main") =>
    (await github.octokit("owner").rest.repos.getBranch({ ...gitops, branch })).data.commit.sha;
  async function deploy(ref: string, environment: string, more: object = {}): Promise<number> {
    const { data, status } = await repos.createDeployment({ ...asked, ref, environment, ...more });
    assert.ok(status === 201 && "id" in data);
    return data.id;
  }
  const report = (
    deployment_id: number,
    state: "success" | "failure" | "in_progress" | "inactive",
    more: object = {},
  ) => repos.createDeploymentStatus({ ...gitops, deployment_id, state, ...more });
  const states = async (deployment_id: number) =>
    (await repos.listDeploymentStatuses({ ...gitops, deployment_id })).data.map(({ state }) => state);

  it("stores a cluster's reports, and finds them by commit, ref, task and environment", async () => {
    const sha = await head();
    const api = await deploy(sha, "dev/api");
    const web = await deploy("main", "dev/web", { task: "deploy:migrations", payload: { why: "test" } });
    const logs = { log_url: "http://127.0.0.1:1/logs", environment_url: "http://127.0.0.1:1/api" };
    const { data, headers } = await report(api, "success", { description: "Synced and Healthy", ...logs });
    assert.equal(headers.location, data.url);
    assert.deepEqual(
      [data.state, data.description, data.environment, data.target_url, data.log_url, data.environment_url],
      ["success", "Synced and Healthy", "dev/api", logs.log_url, logs.log_url, logs.environment_url],
    );
    assert.deepEqual([data.creator?.login, data.performed_via_github_app?.id], ["cluster-app[bot]", 4712]);
    const status = { ...gitops, deployment_id: api, status_id: data.id };
    assert.deepEqual((await repos.getDeploymentStatus(status)).data, data);
    const reader = github.octokit("cluster-app-reading").rest.repos;
    const ids = async (query: object) =>
      (await reader.listDeployments({ ...gitops, ...query })).data.map(({ id }) => id);
    assert.deepEqual(await ids({}), [web, api]);
    assert.deepEqual(await ids({ sha }), [web, api]);
    assert.deepEqual(await ids({ ref: "main" }), [web]);
    assert.deepEqual(await ids({ ref: sha, environment: "dev/api" }), [api]);
    assert.deepEqual(await ids({ task: "deploy:migrations" }), [web]);
    assert.deepEqual(await ids({ environment: "prod/api" }), []);
    const got = (await reader.getDeployment({ ...gitops, deployment_id: web })).data;
    assert.deepEqual(
      [got.sha, got.ref, got.payload, got.production_environment],
      [sha, "main", { why: "test" }, false],
    );
    assert.equal((await refusal(reader.getDeployment({ ...gitops, deployment_id: 1 }))).status, 404);
  });

  it("creates a missing environment, and keeps an existing one", async () => {
    const owner = github.octokit("owner").rest.repos;
    await owner.createOrUpdateEnvironment({ ...gitops, environment_name: "prod/api", wait_timer: 30 });
    await deploy("main", "prod/api");
    await deploy("main", "dev/api");
    const { environments = [] } = (await owner.getAllEnvironments(gitops)).data;
    assert.deepEqual(
      environments.map(({ name, protection_rules }) => [name, protection_rules?.length]),
      [
        ["prod/api", 1],
        ["dev/api", 0],
      ],
    );
    const one = await owner.getEnvironment({ ...gitops, environment_name: "dev/api" });
    assert.equal(one.data.name, "dev/api");
  });

  it("makes earlier deployments of the environment inactive when a newer one succeeds", async () => {
    const first = await deploy("main", "dev/api");
    await report(first, "success");
    const failed = await deploy("main", "dev/api");
    await report(failed, "failure");
    const elsewhere = await deploy("main", "dev/web");
    await report(elsewhere, "success");
    const kept = await deploy("main", "dev/api");
    await report(kept, "in_progress");
    assert.deepEqual(await states(first), ["success"]);
    await report(kept, "success", { auto_inactive: false });
    assert.deepEqual(await states(first), ["success"]);
    const last = await deploy("main", "dev/api");
    await report(last, "success");
    assert.deepEqual(await states(first), ["inactive", "success"]);
    assert.deepEqual(await states(kept), ["inactive", "success", "in_progress"]);
    assert.deepEqual([await states(failed), await states(elsewhere)], [["failure"], ["success"]]);
    const active = await refusal(repos.deleteDeployment({ ...gitops, deployment_id: last }));
    assert.deepEqual([active.status, active.message.includes("active deployment")], [422, true]);
    assert.equal((await repos.deleteDeployment({ ...gitops, deployment_id: first })).status, 204);
    assert.equal((await refusal(repos.getDeployment({ ...gitops, deployment_id: first }))).status, 404);
  });

  it("deploys no commit whose checks have not succeeded, unless none is required", async () => {
    const sha = await head();
    const { rest } = github.octokit("ci-app");
    await rest.repos.createCommitStatus({ ...gitops, sha, context: "lint", state: "failure" });
    const all = await refusal(repos.createDeployment({ ...gitops, ref: "main", environment: "dev/api" }));
    assert.deepEqual([all.status, all.message], [409, "Conflict: Commit status checks failed for main."]);
    const body = { ...gitops, ref: "main", environment: "dev/api", required_contexts: null };
    const unset = github.octokit("cluster-app").request("POST /repos/{owner}/{repo}/deployments", body as never);
    assert.equal((await refusal(unset)).status, 409);
    const never = repos.createDeployment({ ...gitops, ref: "main", required_contexts: ["never"] });
    assert.match(JSON.stringify((await refusal(never)).body.errors), /"context":"never","state":"expected"/);
    assert.ok(await deploy("main", "dev/api"));
  });

  it("merges the default branch into a branch that is behind, and rejects a commit that is", async () => {
    const old = await head();
    await github.octokit("owner").rest.git.createRef({ ...gitops, ref: "refs/heads/topic", sha: old });
    await github.push("owner", "main", "next", { "next.txt": "next\n" });
    await github.merge("owner", await github.request("owner", "next", "main"));
    const more = { ...gitops, environment: "dev/api", required_contexts: [] };
    const behind = await refusal(repos.createDeployment({ ...more, ref: old }));
    assert.deepEqual([behind.status, behind.message], [409, `Conflict merging main into ${old}.`]);
    assert.ok(await deploy(old, "dev/api"));
    const { createDeployment } = github.octokit("dev").rest.repos;
    const merged = await createDeployment({ ...more, ref: "topic" });
    assert.deepEqual([merged.status, merged.data], [202, { message: "Auto-merged main into topic on deployment." }]);
    assert.equal((await createDeployment({ ...more, ref: "topic" })).status, 201);
    const unknown = await refusal(repos.createDeployment({ ...more, ref: "nowhere" }));
    assert.deepEqual([unknown.status, unknown.message], [422, "No ref found for: nowhere"]);
  });

  it("rejects writes without the permission", async () => {
    const create = (login: string) => github.octokit(login).rest.repos.createDeployment({ ...asked, ref: "main" });
    for (const login of ["rita", "ci-app", "cluster-app-reading"]) {
      assert.equal((await refusal(create(login))).status, 403, login);
    }
    const id = await deploy("main", "dev/api");
    const status = { ...gitops, deployment_id: id, state: "success" as const };
    const by = github.octokit("cluster-app-reading").rest.repos.createDeploymentStatus(status);
    assert.equal((await refusal(by)).status, 403);
    assert.equal((await refusal(report(id, "success", { description: "x".repeat(141) }))).status, 422);
    assert.equal((await refusal(report(id, "done" as never))).status, 422);
  });

  it("notifies the hooks", async () => {
    const receiver = new Receiver();
    await receiver.start();
    try {
      const config = { url: receiver.url, content_type: "json" };
      const events = ["deployment", "deployment_status"];
      await github.octokit("owner").rest.repos.createWebhook({ ...gitops, config, events });
      const id = await deploy("main", "dev/api");
      await report(id, "failure", { environment: "dev/api-canary" });
      const made = (await receiver.nth("deployment")).payload as Record<string, { id: number; environment: string }>;
      assert.deepEqual([made.action, made.deployment?.id, made.deployment?.environment], ["created", id, "dev/api"]);
      const { payload } = await receiver.nth("deployment_status");
      const { deployment_status: status, deployment } = payload as Record<string, Record<string, unknown>>;
      assert.deepEqual([status?.state, status?.environment], ["failure", "dev/api-canary"]);
      assert.deepEqual([deployment?.environment, deployment?.original_environment], ["dev/api-canary", "dev/api"]);
    } finally {
      await receiver.stop();
    }
  });
});
