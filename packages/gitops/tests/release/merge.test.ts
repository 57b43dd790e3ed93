/**
 * Merges that GitHub refuses, on the stand-in, over HTTP and Git. These tests run without Helm: they set the check
 * `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { RequestError } from "@octokit/request-error";
import { mergeIfApproved } from "../../release/merge";
import { release } from "../../release/release";
import type { Session } from "../../session";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };

describe("an approved release whose merge GitHub refuses", function () {
  this.timeout(120_000);
  this.slow(10_000);
  const receiver = new Receiver();
  let github: GitopsRepository;
  /** The release, which ann has approved. */
  let number: number;
  before(() => receiver.start());
  after(() => receiver.stop());
  beforeEach(async () => {
    receiver.received.length = 0;
    process.env.GITOPS_ALERTS_URL = receiver.url;
    github = new GitopsRepository();
    await github.make();
    const change = { [FILE]: (await github.read(FILE)).replace(/tag: "[^"]*"/, 'tag: "sha-2222222"') };
    const message = "Promote api\n\nRequested-By: @dora";
    const promoted = await github.propose("bump", "main", "promote/api-to-prod", message, change);
    await github.sayValid(promoted);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: promoted });
    const title = "Release api sha-2222222 to prod";
    number = await approved("release", "release/prod/api", title, change);
  });
  afterEach(async () => {
    delete process.env.GITOPS_ALERTS_URL;
    await github.remove();
  });

  /** A valid pull request into production that ann approves. */
  async function approved(login: string, branch: string, title: string, files: Record<string, string>) {
    const made = await github.propose(login, "env/prod", branch, title, files);
    await github.sayValid(made);
    await github.approve("ann", made);
    return made;
  }

  const refuse = (pull_number: number) =>
    github
      .octokit("art")
      .rest.pulls.createReview({ ...repository, pull_number, event: "REQUEST_CHANGES", body: "Not today" });
  /** Calls `act` before each attempt to merge. Returns a function that counts the attempts. */
  function beforeMerge(session: Session, act: (count: number) => Promise<void>): () => number {
    let count = 0;
    session.github.hook.before("request", async (options) => {
      if (options.method === "PUT" && options.url.endsWith("/merge")) await act(++count);
    });
    return () => count;
  }
  const blockedComments = async (issue_number: number) => {
    const { data } = await github.octokit("owner").rest.issues.listComments({ ...repository, issue_number });
    return data.filter(({ body }) => body?.startsWith("**This release cannot go on.**"));
  };
  const fourEyes = async () => {
    const ref = (await github.pull(number)).head.sha;
    const about = { ...repository, ref, check_name: "four-eyes (env/prod)" };
    return (await github.octokit("owner").rest.checks.listForRef(about)).data.check_runs.at(-1);
  };
  const run = () =>
    github.as("release", (session) => release(session, { thorough: false, signingKey: github.key.privateKey }));

  it("is blocked after the last attempt, with one alert and without a successful check", async () => {
    await refuse(number);
    for (let times = 1; times <= 2; times++) {
      const [outcome, ...others] = await run();
      assert.deepEqual([outcome?.number, outcome?.state, others], [number, "blocked", []]);
      assert.match(
        outcome?.reason ?? "",
        /GitHub refuses to merge it: 1 review requesting changes by reviewers [^\n]*$/,
      );
      assert.deepEqual(
        receiver.received.map(({ payload }) => payload.event),
        ["release-blocked"],
      );
      assert.equal((await blockedComments(number)).length, 1);
      assert.deepEqual([(await fourEyes())?.status, (await fourEyes())?.conclusion], ["in_progress", null]);
    }
    assert.equal((await github.pull(number)).merged, false);
  });

  it("waits without failing the run, if it is a person's own pull request", async () => {
    const own = await approved("dora", "by-dora", "Say more", { "README.md": "# More\n" });
    await refuse(own);
    const outcomes = await run();
    assert.deepEqual(
      outcomes.map((outcome) => [outcome.number, outcome.state]),
      [
        [number, "merged"],
        [own, "waits"],
      ],
    );
    assert.equal((await blockedComments(own)).length, 1);
    assert.deepEqual(receiver.received, []);
  });

  it("is merged by a later attempt, if GitHub sees the check late", async () => {
    await github.as("release", async (session) => {
      const tries = beforeMerge(session, (count) => {
        if (count > 3) return Promise.resolve();
        const request = { method: "PUT" as const, url: "/merge", headers: {} };
        throw new RequestError('Required status check "four-eyes (env/prod)" is expected.', 405, { request });
      });
      assert.ok("merged" in (await mergeIfApproved(session, number, true)));
      assert.equal(tries(), 4);
    });
  });

  it("is not merged in this run if its head moves", async () => {
    await github.as("release", async (session) => {
      const tries = beforeMerge(session, async () => {
        const clone = await github.clone("dev", "--branch=release/prod/api");
        await clone.git("commit", "--quiet", "--allow-empty", "-m", "Mine");
        await clone.git("push", "--quiet", "origin", "release/prod/api");
      });
      const result = await mergeIfApproved(session, number, true);
      assert.match("waitsFor" in result ? result.waitsFor : "", /GitHub refuses to merge it: Head branch was modified/);
      assert.equal(tries(), 1);
    });
    assert.equal((await github.pull(number)).merged, false);
    assert.deepEqual(receiver.received, []);
  });
});
