import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { checkName } from "@gitops-platform/contract/checks";
import { setCheck } from "../../github/checks";
import { type ReleaseOutcome, alertBlockedUnits } from "../../release/outcome";
import { release } from "../../release/release";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const repository = { owner: "vaarak", repo: "gitops" };

describe("a release that cannot be opened or merged", () => {
  const github = new GitopsRepository();
  const alerts = useAlerts();

  before(async () => {
    await github.make();
    // Such branches can be older than the rule.
    await github.disable("reserved branches");
    // A removal needs no Helm.
    const number = await github.propose("dora", "main", "change", "Retire api", { "environments/prod/api.yaml": null });
    await github.sayValid(number);
    await github.octokit("dora").rest.pulls.merge({ ...repository, pull_number: number, merge_method: "merge" });
  });
  after(() => github.remove());

  const run = (signingKey?: string) => github.as("release", (session) => release(session, { signingKey }));
  const told = () => alerts.received.map(({ payload }) => String(payload.event));

  async function branch(name: string, is: "made" | "gone"): Promise<void> {
    const { git } = github.octokit("dev").rest;
    const { data } = await git.getRef({ ...repository, ref: "heads/main" });
    if (is === "made") await git.createRef({ ...repository, ref: `refs/heads/${name}`, sha: data.object.sha });
    else await git.deleteRef({ ...repository, ref: `heads/${name}` });
  }

  it("is blocked by a branch with a conflicting name, which one alert names", async () => {
    await branch("release", "made");
    for (let times = 0; times < 2; times++) {
      const [outcome, ...more] = await run();
      assert.deepEqual([outcome?.state, more.length], ["blocked", 0]);
      assert.match(outcome?.reason ?? "", /got the branch release in its way;.*git push origin :refs\/heads\/release$/);
    }
    assert.deepEqual(told(), ["release-blocked"]);
    const [alert] = alerts.received;
    assert.match(String(alert?.payload.text), /^prod\/api: .*got the branch release in its way/);
  });

  it("causes another alert if another branch blocks it", async () => {
    await branch("release", "gone");
    await branch("release/prod", "made");
    await run();
    await run();
    assert.deepEqual(told(), ["release-blocked", "release-blocked"]);
  });

  it("is opened when that branch is deleted, and causes an alert if the branch is back", async () => {
    await branch("release/prod", "gone");
    assert.deepEqual(
      (await run()).map(({ state }) => state),
      ["opened"],
    );
    const { pulls, git } = github.octokit("dev").rest;
    const [pull] = (await pulls.list({ ...repository, state: "open", base: "env/prod" })).data;
    assert.equal(pull?.head.ref, "release/prod/api");
    await git.deleteRef({ ...repository, ref: "heads/release/prod/api" });
    await branch("release/prod", "made");
    alerts.received.length = 0;
    await run();
    assert.deepEqual(told(), ["release-blocked"]);
  });

  it("is merged only with a key that can record its approval", async () => {
    await branch("release/prod", "gone");
    await run();
    alerts.received.length = 0;
    const { pulls } = github.octokit("ann").rest;
    const [pull] = (await pulls.list({ ...repository, state: "open", base: "env/prod" })).data;
    assert.ok(pull);
    await github.sayValid(pull.number);
    await github.approve("ann", pull.number);
    const { privateKey: other } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "pkcs1", format: "pem" },
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
    });
    const states = (outcomes: readonly ReleaseOutcome[]) => outcomes.map(({ unit, state }) => [unit, state]);
    for (const key of [undefined, other]) {
      const outcomes = await run(key);
      assert.deepEqual(states(outcomes), [["api", "blocked"]]);
      assert.match(outcomes[0]?.reason ?? "", /its approval could not be recorded: GITOPS_SIGNING_KEY: got /);
    }
    assert.deepEqual(told(), ["release-blocked", "release-blocked"]);
    assert.deepEqual(states(await run(github.key.privateKey)), [["api", "merged"]]);
  });

  it("blocks each run if it was merged past the workflow and cannot be recorded, with one alert", async () => {
    const own = await github.propose("dora", "env/prod", "by-hand", "Say more", { "README.md": "# More\n" });
    await github.sayValid(own);
    await github.approve("ann", own);
    // As somebody who stole the release App's key could.
    await github.as("release", async (session) => {
      const { head } = await github.pull(own);
      const approved = { conclusion: "success" as const, title: "", summary: "" };
      await setCheck(session, checkName("four-eyes", "env/prod"), head.sha, approved);
    });
    await github.octokit("dora").rest.pulls.merge({ ...repository, pull_number: own, merge_method: "merge" });
    alerts.received.length = 0;
    for (let times = 0; times < 2; times++) {
      const [outcome, ...more] = await run();
      assert.deepEqual([outcome?.unit, outcome?.state, more.length], ["records of approvals", "blocked", 0]);
      assert.match(outcome?.reason ?? "", /^No approval was recorded\. GITOPS_SIGNING_KEY: got nothing/);
    }
    assert.deepEqual(told(), ["release-blocked"]);
    assert.deepEqual(await run(github.key.privateKey), []);
  });

  it("is blocked if a rule forbids the deletion of an outdated release branch", async () => {
    const { repos, git } = github.octokit("owner").rest;
    const { data } = await git.getRef({ ...repository, ref: "heads/env/prod" });
    await git.createRef({ ...repository, ref: "refs/heads/release/prod/web", sha: data.object.sha });
    await repos.createRepoRuleset({
      ...repository,
      name: "of the organisation",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["refs/heads/release/**/*"], exclude: [] } },
      rules: [{ type: "deletion" }],
    });
    const [outcome] = await run(github.key.privateKey);
    assert.equal(outcome?.state, "blocked");
    assert.match(outcome.reason ?? "", /^release\/prod\/web: git push: [^]*Cannot delete this branch/);
  });

  it("causes the alert again if nobody received it", async () => {
    alerts.received.length = 0;
    alerts.status = 500;
    const outcomes = [{ environment: "prod", unit: "web", state: "blocked" as const, reason: "Not yet." }];
    const tell = () => github.as("release", (session) => alertBlockedUnits(session, "prod", outcomes));
    await tell();
    await tell();
    alerts.status = 200;
    await tell();
    await tell();
    assert.deepEqual(told(), ["release-blocked", "release-blocked", "release-blocked"]);
  });
});
