/** From a bump to an automatic promotion, by the platform's own workflows on the stand-in. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { repository } from "@gitops-platform/test-support/gitops-repository";
import { WithWorkflows } from "./with-workflows";

const WORKFLOW = "promote-automatically.yaml";
const file = join(__dirname, "../../../../gitops-repo/.github/workflows", WORKFLOW);
const { on } = parse(readFileSync(file, "utf8")) as { on: { schedule: [{ cron: string }] } };
const STAGING = "environments/staging/api.yaml";

describe("the workflow Promote automatically", function () {
  this.timeout(300_000);
  this.slow(60_000);
  const github = new WithWorkflows();
  before(async () => {
    await github.begin({ "gitops.yaml": "promotion: { staging: { automatic: true, healthyFor: 0m } }\n" });
    github.judge();
  });
  after(() => github.remove());

  /** Lets the workflow's schedule fire. Returns the conclusion and the log of its run. */
  async function fire() {
    const before = (await github.runs()).length;
    await github.fireSchedule(repository, on.schedule[0].cron, "owner");
    return github.ended(before);
  }

  /** Reports a state of dev's newest commit, as Argo CD does. */
  async function report(state: "success" | "failure"): Promise<void> {
    const { rest } = github.octokit("argocd");
    const asked = { ...repository, ref: "main", environment: "dev/api", auto_merge: false, required_contexts: [] };
    const { data } = await rest.repos.createDeployment(asked);
    assert.ok("id" in data);
    await rest.repos.createDeploymentStatus({ ...repository, deployment_id: data.id, state });
  }

  const staging = async () => /tag: "([^"]*)"/.exec(await github.read(STAGING))?.[1];

  it("brings a bumped version to staging once dev is healthy with it, and does so once", async () => {
    await github.run("dora", "bump.yaml", { service: "api", tag: "sha-a1b2c3d" });
    await github.landed("api", "sha-a1b2c3d");
    await report("failure");
    const early = await fire();
    assert.equal(early.conclusion, "success", early.log);
    assert.match(early.log, /Promote api sha-a1b2c3d from dev to staging: waits for it to be healthy in dev\./);
    await report("success");
    const { conclusion, log } = await fire();
    assert.equal(conclusion, "success", log);
    assert.match(log, /Promote api sha-a1b2c3d from dev to staging: merged, http/);
    assert.equal(await staging(), "sha-a1b2c3d");
    const [message = ""] = await github.log();
    assert.match(message, /\nPromoted-From: dev\nRule: promotion\.staging$/);
    assert.doesNotMatch(message, /Requested-By/);
    const again = await fire();
    assert.equal(again.conclusion, "success", again.log);
    // web is ahead too, and nothing is known of its health.
    assert.doesNotMatch(again.log, /Promote api/);
    assert.match(again.log, /Promote web sha-1111111 from dev to staging: waits for dev to run it\./);
  });

  it("does not bring a version again that a person rolled back", async () => {
    const order = { service: "api", environment: "staging", reason: "It is slow" };
    const back = await github.run("dora", "rollback.yaml", order);
    assert.equal(back.conclusion, "success", back.log);
    await report("success");
    const { conclusion, log } = await fire();
    assert.equal(conclusion, "success", log);
    assert.match(log, /waits for a person to promote it: the environment had it before, and it was replaced\./);
    assert.equal(await staging(), "sha-4444444");
  });

  it("may be started by anybody, who cannot choose what it promotes", async () => {
    await assert.rejects(github.run("ci", WORKFLOW, { service: "api", force: "x" }), /Unexpected inputs provided/);
    const { conclusion, log } = await github.run("ci", WORKFLOW, {});
    assert.equal(conclusion, "success", log);
    assert.equal(await staging(), "sha-4444444");
  });
});
