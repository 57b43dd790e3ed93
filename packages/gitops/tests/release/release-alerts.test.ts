/**
 * Alerts about releases, and those that nobody received, on the stand-in. These tests run without Helm: they set the
 * check `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { type ReleaseOutcome, reportBlocked, alertBlockedUnits } from "../../release/outcome";
import { release } from "../../release/release";
import { useAlerts } from "@gitops-platform/test-support/alerts";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };

describe("an alert about a release", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  const alerts = useAlerts();
  before(() => github.make());
  beforeEach(() => {
    alerts.received.length = 0;
  });
  after(() => github.remove());

  const events = () => alerts.received.map(({ payload }) => payload.event);
  /** Does the work twice while the receiver refuses alerts, and twice while it accepts them. */
  async function runs(work: () => Promise<unknown>, between: () => Promise<unknown> = () => Promise.resolve()) {
    for (const answer of [500, 500, 200, 200]) {
      alerts.status = answer;
      await work();
      await between();
    }
  }

  it("is repeated until it is received for a blocked release, which gets only one comment", async () => {
    const number = await github.propose("dora", "env/prod", "by-dora", "Say more", { "README.md": "# More\n" });
    const blocked = { environment: "prod", unit: "api", state: "blocked", number, reason: "Not yet." } as const;
    const { issues } = github.octokit("owner").rest;
    const comments: (string | undefined)[][] = [];
    await runs(
      () => github.as("release", (session) => reportBlocked(session, blocked, number, true)),
      async () => {
        const { data } = await issues.listComments({ ...repository, issue_number: number });
        comments.push(data.map(({ body }) => body?.split("\n")[0]));
      },
    );
    assert.deepEqual(events(), ["release-blocked", "release-blocked", "release-blocked"]);
    assert.deepEqual(comments, Array(4).fill(["**This release cannot go on.** Not yet."]));
  });

  it("is repeated until it is received for a release that was merged past four-eyes", async () => {
    const { pulls } = github.octokit("owner").rest;
    await github.disable("env/prod");
    const text = (await github.read(FILE, "env/prod")).replace(/tag: "[^"]*"/, 'tag: "sha-2222222"');
    const number = await github.propose("art", "env/prod", "by-art", "Release api sha-2222222", { [FILE]: text });
    await pulls.merge({ ...repository, pull_number: number, merge_method: "merge" });
    const signingKey = github.key.privateKey;
    await runs(() => github.as("release", (session) => release(session, { unit: "api", thorough: false, signingKey })));
    const past = alerts.received.filter(({ payload }) => payload.event === "merged-past-four-eyes");
    assert.equal(past.length, 3, String(events()));
    for (const { payload } of past) {
      assert.match(String(payload.text), /^prod\/api: It was merged although four-eyes refused it: .* http/);
      assert.equal(payload.url, `${github.url}/vaarak/gitops/pull/${number}`);
    }
  });

  it("has the reason of the outcome, and does not call records a release", async () => {
    const records = { environment: "prod", unit: "records of approvals" };
    const tell = (outcome: ReleaseOutcome) =>
      github.as("release", (session) => alertBlockedUnits(session, "prod", [outcome]));
    await tell({ ...records, state: "blocked", reason: "No approval was recorded. No key." });
    const headline = "Its release cannot go on.";
    await tell({ environment: "prod", unit: "api", state: "blocked", reason: "Not yet.", headline });
    await tell({ ...records, state: "merged" });
    const url = `${github.url}/vaarak/gitops/actions`;
    assert.deepEqual(
      alerts.received.map(({ payload }) => payload.text),
      [
        `prod/records of approvals: No approval was recorded. No key. ${url}`,
        `prod/api: Its release cannot go on. Not yet. ${url}`,
      ],
    );
    const { git, checks } = github.octokit("owner").rest;
    const { data } = await git.getRef({ ...repository, ref: "heads/main" });
    const runs = await checks.listForRef({
      ...repository,
      ref: data.object.sha,
      check_name: "release-blocked",
      filter: "all",
    });
    const freed = runs.data.check_runs.find(({ conclusion }) => conclusion === "success");
    assert.deepEqual(freed?.output.summary, "It is no longer blocked.");
  });
});
