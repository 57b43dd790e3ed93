import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { until } from "@gitops-platform/clients/until";
import { Running } from "./actions-support";
import { WORKFLOWS } from "./actions-workflows";
import { gitops, PEOPLE, PLATFORM_APP } from "./protected";
import { refusal } from "./support";

const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const publicKey = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
const privateKey = keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("GitHub stand-in: workflows", function () {
  this.timeout(120_000);
  const apps = PEOPLE.apps?.map((app) => (app.id === PLATFORM_APP ? { ...app, publicKey } : app));
  const github = new Running({ ...PEOPLE, apps });
  const dispatch = (workflow_id: string, inputs = {}, login = "dev") =>
    github.octokit(login).rest.actions.createWorkflowDispatch({ ...gitops, workflow_id, ref: "main", inputs });
  let number = 0;

  before(async () => {
    await github.start();
    const owner = await github
      .octokit("owner")
      .rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
    assert.equal(owner.status, 201);
    await github.workflows(WORKFLOWS);
    await github.environment("release", { APP_KEY: privateKey }, { APP_ID: String(PLATFORM_APP) });
    const clone = await github.clone("owner");
    await clone.git("push", "--quiet", "origin", "main:env/prod");
  });
  after(() => github.remove());

  it("runs a manually started workflow: inputs, outputs, needs and conditions", async () => {
    await dispatch("hello.yaml", { who: "world" });
    const run = await github.ended("Hello");
    assert.deepEqual(
      [run.conclusion, run.display_title, run.event, run.actor?.login, run.run_number],
      ["failure", "Hello world", "workflow_dispatch", "dev", 1],
    );
    assert.deepEqual(await github.jobs(run), {
      first: "success",
      "Second of hello world": "success",
      broken: "failure",
      after: "skipped",
      always: "success",
    });
    assert.match(await github.log(run, "Second of hello world"), /hello world from dev$/m);
    assert.match(await github.log(run, "broken"), /##\[error\]Process completed with exit code 3\.$/m);
    const checks = await github.octokit("dev").rest.checks.listForRef({ ...gitops, ref: run.head_sha });
    const check = checks.data.check_runs.find(({ name }) => name === "broken");
    assert.deepEqual([check?.conclusion, check?.app?.slug], ["failure", "github-actions"]);
  });

  it("gives steps an environment of their own, without the server's variables", async () => {
    process.env.OF_THE_SERVER = "secret";
    const log = await github.log(await github.ended("Hello"), "first");
    delete process.env.OF_THE_SERVER;
    assert.match(log, / GITHUB_REPOSITORY=vaarak\/gitops$/m);
    assert.match(log, new RegExp(` GITHUB_API_URL=${github.url}/api/v3$`, "m"));
    assert.match(log, / CI=true$/m);
    assert.doesNotMatch(log, /OF_THE_SERVER|NODE_|TS_NODE/);
    const [, home = "", folder = ""] = / home (\S+) in (\S+)$/m.exec(log) ?? [];
    assert.notEqual(home, process.env.HOME);
    assert.deepEqual([existsSync(home), existsSync(folder)], [false, false]);
  });

  it("rejects a request that does not fit the workflow", async () => {
    const refusals = [
      dispatch("hello.yaml", {}),
      dispatch("hello.yaml", { who: "sun" }),
      dispatch("hello.yaml", { who: "moon", what: "x" }),
      dispatch("push.yaml"),
      dispatch("none.yaml"),
      dispatch("hello.yaml", { who: "moon" }, "rita"),
      dispatch("hello.yaml", { who: "moon" }, "ci-app"),
    ].map(async (call) => {
      const { status, message } = await refusal(call);
      return `${status} ${message}`;
    });
    assert.deepEqual(await Promise.all(refusals), [
      "422 Required input 'who' not provided",
      "422 Provided value 'sun' for input 'who' not in the list of allowed values",
      '422 Unexpected inputs provided: ["what"]',
      "422 Workflow does not have 'workflow_dispatch' trigger",
      "404 Not Found",
      "403 Resource not accessible by personal access token",
      "403 Resource not accessible by integration",
    ]);
  });

  it("runs on pushes that match its filters", async () => {
    await github.push("dev", "main", "other/x", { "environments/dev/api.yaml": "1" });
    await github.push("dev", "main", "topic/docs", { "docs/x.md": "1" });
    await github.push("dev", "main", "topic/dev", { "environments/dev/api.yaml": "1" });
    const run = await github.ended("Push");
    assert.deepEqual(
      [run.head_branch, run.conclusion, run.display_title],
      ["topic/dev", "success", "Change topic/dev"],
    );
    assert.equal((await github.runs("Push")).length, 1);
  });

  it("checks a pull request with main's workflow, an App's token and a secret of the environment", async () => {
    // The pull request's own version of the workflow is not used.
    number = await github.release("dev", "release/prod/api", { ".github/workflows/judge.yaml": "on: push" });
    const run = await github.ended("Judge");
    const log = await github.log(run);
    assert.equal(run.conclusion, "success", log);
    assert.equal(run.head_branch, "release/prod/api");
    assert.match(log, /## main\.\.\.origin\/main$/m);
    assert.match(log, /The key: \*\*\*$/m);
    assert.match(log, /The token: \*\*\* of platform-app$/m);
    assert.doesNotMatch(log, /PRIVATE KEY|ghs_/);
    const { data } = await github.octokit("dev").rest.checks.listForRef({ ...gitops, ref: run.head_sha });
    const checks = data.check_runs.map(({ name, app, conclusion }) => [name, app?.slug, conclusion]);
    assert.deepEqual(
      checks.filter(([name]) => name === "validate"),
      [["validate", "platform-app", "success"]],
    );
  });

  it("denies an environment to refs that may not deploy to it", async () => {
    const run = await github.ended("Elsewhere");
    const rules = "due to environment protection rules.";
    const reason = `Branch "refs/pull/${number}/merge" is not allowed to deploy to release ${rules}`;
    assert.equal(run.conclusion, "failure");
    assert.ok((await github.log(run)).includes(reason));
    const check = await github
      .octokit("dev")
      .rest.checks.listForRef({ ...gitops, ref: run.head_sha, check_name: "steal" });
    assert.equal(check.data.check_runs[0]?.output.summary, reason);
  });

  it("runs on reviews, and starts workflows that follow that run", async () => {
    await github.approve("ann", number);
    const review = await github.ended("Review");
    assert.match(await github.log(review), new RegExp(`ref refs/pull/${number}/merge$`, "m"));
    const woken = await github.ended("Woken");
    assert.match(await github.log(woken), new RegExp(`by ${number} on refs/heads/main$`, "m"));
    assert.deepEqual([woken.event, woken.actor?.login], ["workflow_run", "ann"]);
  });

  it("gives a job a token with its permissions that ends with the job; only its dispatches start a run", async () => {
    const hellos = (await github.runs("Hello")).length;
    await dispatch("own.yaml");
    const log = await github.log(await github.ended("Own"));
    assert.match(log, /branch 201$/m);
    assert.match(log, /check 403$/m);
    assert.match(log, /dispatch 204$/m);
    // The script reversed the token, because the log masks it.
    const spent = Buffer.from(/reversed (\S+)$/m.exec(log)?.[1] ?? "")
      .reverse()
      .toString();
    const headers = { authorization: `Bearer ${spent}` };
    assert.match(spent, /^ghs_/);
    assert.equal((await fetch(`${github.url}/api/v3/repos/vaarak/gitops`, { headers })).status, 401);
    const hello = await github.ended("Hello", hellos);
    assert.equal(hello.actor?.login, "github-actions[bot]");
    assert.equal((await github.runs("Push")).length, 1);
  });

  it("runs one member of a concurrency group while the newest waits, and ends cancelled ones", async () => {
    const status = async () => (await github.runs("Queue")).map((run) => run.conclusion ?? run.status);
    const reaches = (expected: string[]) =>
      until(`queue ${expected.join(", ")}`, async () => {
        const seen = (await status()).join(", ");
        return seen === expected.join(", ") ? { done: true } : { waitingFor: seen };
      });
    await dispatch("queue.yaml");
    await reaches(["in_progress"]);
    await dispatch("queue.yaml");
    await reaches(["pending", "in_progress"]);
    await dispatch("queue.yaml");
    await reaches(["pending", "cancelled", "in_progress"]);
    const [newest, , first] = await github.runs("Queue");
    const { actions } = github.octokit("dev").rest;
    await actions.cancelWorkflowRun({ ...gitops, run_id: Number(first?.id) });
    await reaches(["in_progress", "cancelled", "cancelled"]);
    await actions.cancelWorkflowRun({ ...gitops, run_id: Number(newest?.id) });
    await reaches(["cancelled", "cancelled", "cancelled"]);
    const again = await refusal(actions.cancelWorkflowRun({ ...gitops, run_id: Number(newest?.id) }));
    assert.equal(again.status, 409);
  });

  it("cancels only the job that exceeds its timeout", async () => {
    await dispatch("slow.yaml");
    const run = await github.ended("Slow");
    assert.equal(run.conclusion, "cancelled");
    assert.deepEqual(await github.jobs(run), { slow: "cancelled", then: "success", next: "skipped" });
    const reason = /##\[error\]The job has exceeded the maximum time of 0\.1 minutes\.$/m;
    assert.match(await github.log(run, "slow"), reason);
    assert.match(await github.log(run, "then"), /slow is cancelled$/m);
  });

  it("fails an unsupported workflow, and reports each reason", async () => {
    await dispatch("refused.yaml");
    const run = await github.ended("Refused");
    const log = await github.log(run);
    assert.equal(run.conclusion, "failure");
    assert.match(log, /jobs\.many\.strategy: got a key that this runner does not support/);
    assert.match(log, /got actions\/checkout@v4; expected a full commit SHA after the @\. Pin it to a commit\./);
  });

  it("re-runs a completed run as the requesting actor", async () => {
    const run = await github.ended("Woken");
    await github.octokit("dora").rest.actions.reRunWorkflow({ ...gitops, run_id: run.id });
    await until("the second attempt", async () => {
      const again = await github.ended("Woken");
      return again.run_attempt === 2 ? { done: again } : { waitingFor: "the first" };
    });
    const again = await github.ended("Woken");
    assert.deepEqual([again.id, again.triggering_actor?.login, again.actor?.login], [run.id, "dora", "ann"]);
  });

  it("keeps runs over a restart, ends running ones, and stores secrets in their own file only", async () => {
    await dispatch("queue.yaml");
    await until("the run to begin", async () => {
      const [run] = await github.runs("Queue");
      return run?.status === "in_progress" ? { done: run } : { waitingFor: String(run?.status) };
    });
    await github.stop();
    await github.start();
    const [queue] = await github.runs("Queue");
    assert.equal(queue?.conclusion, "cancelled");
    assert.equal((await github.ended("Push")).conclusion, "success");
    assert.ok(!readFileSync(join(github.data, "database.json"), "utf8").includes("PRIVATE KEY"));
    assert.equal(statSync(join(github.data, "secrets.json")).mode & 0o777, 0o600);
    const { data } = await github
      .octokit("owner")
      .rest.actions.listEnvironmentSecrets({ ...gitops, environment_name: "release" });
    assert.deepEqual(
      data.secrets.map((secret) => Object.keys(secret)),
      [["name", "created_at", "updated_at"]],
    );
  });
});
