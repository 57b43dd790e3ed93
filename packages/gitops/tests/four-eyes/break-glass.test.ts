/**
 * `gitops break-glass` against the stand-in, over HTTP and Git. These tests run without Helm: they set the check
 * `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { breakGlass } from "../../four-eyes/break-glass";
import { judge, reportVerdict } from "../../four-eyes/judge";
import { releaseByNumber } from "../../github/release-pulls";
import type { History } from "../../history/history";
import { release } from "../../release/release";
import type { Session } from "../../session";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";
import { environmentOf, gitops } from "../command";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };
const order = { service: "api", environment: "prod", reason: "the site is down", by: "art" };

describe("gitops break-glass", function () {
  this.timeout(120_000);
  const receiver = new Receiver();
  before(() => receiver.start());
  after(() => receiver.stop());

  let github: GitopsRepository;
  /** The waiting release. Its contributors are art and dora. */
  let number: number;
  beforeEach(async () => {
    receiver.received.length = 0;
    github = new GitopsRepository();
    await github.make();
    const text = (await github.read(FILE)).replace(/tag: "[^"]*"/, 'tag: "sha-2222222"');
    const asked = ["art", "dora"].map((login) => `Requested-By: @${login}`).join("\n");
    const change = { [FILE]: text };
    const promotion = await github.propose("bump", "main", "promote/api-to-prod", `Promote api\n\n${asked}`, change);
    await github.sayValid(promotion);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: promotion });
    number = await github.propose("release", "env/prod", "release/prod/api", "Release api", change);
    await github.sayValid(number);
  });
  afterEach(() => github.remove());

  const asApp = <T>(work: (session: Session) => Promise<T>) => github.as("release", work);
  const run = (more: Partial<typeof order> = {}) => asApp((session) => breakGlass(session, { ...order, ...more }));
  const checks = async () => {
    const ref = (await github.pull(number)).head.sha;
    const { data } = await github
      .octokit("owner")
      .rest.checks.listForRef({ ...repository, ref, check_name: "four-eyes (env/prod)", filter: "all" });
    return data.check_runs.map(({ conclusion, output }) => `${conclusion ?? "running"}: ${output.title ?? ""}`);
  };
  const mergeByHand = () => github.octokit("ann").rest.pulls.merge({ ...repository, pull_number: number });
  const merge = () => github.mergeApproved(number);
  const comments = async () =>
    (await github.octokit("owner").rest.issues.listComments({ ...repository, issue_number: number })).data;

  it("lets an owner release what they contributed to, and alerts everybody once", async () => {
    await github.approve("art", number);
    await github.fourEyes();
    assert.deepEqual(await merge(), { waitsFor: "Approved by art, who contributed to it." });
    process.env.GITOPS_ALERTS_URL = receiver.url;
    try {
      const broken = await run();
      assert.match(
        broken.summary,
        /pull\/2: Break-glass by @art: the site is down\. The workflow Release merges it when validate/,
      );
      const again = await run();
      assert.match(again.summary, /That was done before\.$/);
      assert.deepEqual([broken.state, again.state, again.by, again.reason], ["broken", "already", "art", order.reason]);
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
    }
    const [alert, ...more] = receiver.received.map(({ payload }) => payload);
    assert.deepEqual([alert?.event, more.length], ["break-glass-used", 0]);
    assert.match(String(alert?.text), /^prod\/api: @art uses break-glass: the site is down http.*\/pull\/2$/);
    const [comment, ...others] = await comments();
    assert.deepEqual([comment?.user?.login, others.length], ["release[bot]", 0]);
    assert.match(comment?.body ?? "", /^\*\*Break-glass\.\*\* @art asked for #1, .*\n\n> the site is down\n\n/);

    await github.fourEyes();
    assert.equal((await checks()).at(-1), "running: Break-glass by @art: the site is down");
    // No writer can merge it by hand, because only the workflow sets a successful check.
    await assert.rejects(mergeByHand(), { status: 405 });
    assert.ok("merged" in (await merge()));
    assert.equal((await checks()).at(-1), "success: Break-glass by @art: the site is down");
  });

  it("prints JSON, like approve and check", async () => {
    const { sha } = (await github.pull(number)).head;
    const typed = async (env: Record<string, string>, ...args: string[]) => {
      const { stdout, stderr, code } = await gitops(env, ...args, "--json");
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout) as unknown;
    };
    const url = `${github.url}/vaarak/gitops/pull/${number}`;
    const release = { service: "api", environment: "prod", number, url, commit: sha };
    assert.deepEqual(await typed(environmentOf(github.url, "art"), "approve", "api"), { ...release, by: "art" });
    const bot = { GITOPS_BOT: "release[bot]", GITOPS_REQUESTED_BY: "art", GITOPS_STARTED_BY: "art" };
    const env = { ...environmentOf(github.url, "release"), ...bot };
    const broken = await typed(env, "break-glass", "api", "--env", "prod", "--reason", "down");
    const { summary, ...outcome } = broken as { summary: string };
    assert.match(summary, /Break-glass by @art: down\./);
    assert.deepEqual(outcome, { ...release, by: "art", reason: "down", state: "broken" });
    const pull = ["--pull-request", String(number), "--base", "env/prod", "--base-sha", sha];
    const args = ["check", "validate", "--sha", sha, ...pull, "--conclusion", "success", "--report", "# Valid"];
    const set = { name: "validate (env/prod)", sha, conclusion: "success", title: "Valid" };
    assert.deepEqual(await typed(env, ...args), set);
  });

  it("is shown in the approval record, the history and the status", async () => {
    await github.approve("art", number);
    await run();
    await merge();
    await asApp((session) => release(session, { signingKey: github.key.privateKey }));
    const env = environmentOf(github.url, "owner");
    const history = JSON.parse((await gitops(env, "history", "api", "--env=prod", "--json")).stdout) as History;
    const approval = { state: "break-glass", by: "@art", reason: "the site is down" };
    assert.deepEqual(history.deployments[0]?.approval, approval);
    assert.deepEqual(history.deployments[0].by, ["@art", "@dora"]);
    assert.match((await gitops(env, "status", "--env=prod")).stdout, /@art, @dora \(BREAK-GLASS @art\)/);
  });

  it("makes nobody an owner, and changes nothing for other approvals", async () => {
    await github.approve("dora", number);
    await assert.rejects(run({ by: "dora" }), /makes nobody an owner/);
    await github.approve("art", number);
    assert.equal((await github.fourEyes())?.state, "insufficient");
    assert.ok("waitsFor" in (await merge()));
  });

  it("ends when its approval is dismissed", async () => {
    const review = await github.approve("art", number);
    await run();
    await github.dismiss(number, review);
    assert.equal((await github.fourEyes())?.title, "Waits for an approval");
    assert.ok("waitsFor" in (await merge()));
    await github.approve("art", number);
    assert.equal((await github.fourEyes())?.title, "Break-glass by @art: the site is down");
  });

  it("is not overwritten by an earlier verdict", async () => {
    await github.approve("art", number);
    await asApp(async (session) => {
      const pull = await releaseByNumber(session, number);
      assert.ok(pull);
      const early = await judge(session, pull);
      await run();
      await reportVerdict(session, pull, early);
    });
    assert.deepEqual(await checks(), [
      "running: Break-glass by @art: the site is down",
      "failure: Approved by art, who contributed to it",
    ]);
    assert.ok("merged" in (await merge()));
  });

  it("ignores the check of another App", async () => {
    await github.approve("art", number);
    await run();
    await asApp(async (session) => {
      const pull = await releaseByNumber(session, number);
      assert.ok(pull);
      for (const bot of ["other-app[bot]", undefined]) {
        assert.notEqual((await judge({ ...session, bot }, pull)).state, "approved");
      }
    });
  });

  it("is refused without the person's approval, with a second approver, or without an open release", async () => {
    await assert.rejects(run(), /pull\/2: got no approval of [0-9a-f]{7} by @art; expected one/);
    await github.approve("ann", number);
    await assert.rejects(
      run({ by: "ann" }),
      /Approved by ann: the workflow Release merges it\. That is a second person: it needs no break-glass\.$/,
    );
    await assert.rejects(run({ service: "web" }), /web: got no open release into env\/prod; expected one/);
    assert.deepEqual([await checks(), await comments()], [[], []]);
  });

  it("reports a missing person, a missing reason and wrong names together", async () => {
    const wanted = ["break-glass", "Api", "--env", "nowhere", "--reason", " "];
    const env = { ...environmentOf(github.url, "release"), GITOPS_REQUESTED_BY: "ci-app[bot]" };
    const { code, stdout, stderr } = await gitops(env, ...wanted);
    assert.deepEqual([code, stdout], [1, ""]);
    assert.deepEqual(
      stderr.split("\n").map((line) => line.split(":")[0]),
      ["service", "env", "reason", "GITOPS_REQUESTED_BY", "GITOPS_STARTED_BY", ""],
    );
    const alone = await gitops(
      environmentOf(github.url, "ann"),
      "break-glass",
      "api",
      "--env=prod",
      `--reason=${"x".repeat(181)}`,
    );
    assert.match(alone.stderr, /^reason: got 181 characters; expected at most 180\./);
    assert.match(alone.stderr, /\nGITOPS_REQUESTED_BY: got nothing; .* gh workflow run break-glass\.yaml/);
  });
});
