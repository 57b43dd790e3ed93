/** Merges that GitHub refuses while its settings and rules cannot be read. On the stand-in, over HTTP and Git. */
import assert from "node:assert/strict";
import { RequestError } from "@octokit/request-error";
import { MergeAttempt, type MergeProgress } from "../../github/merging";
import { mergeIfApproved } from "../../release/merge";
import type { Session } from "../../session";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const README = { "README.md": "# More\n" };

describe("a merge that GitHub refuses while its settings and rules cannot be read", function () {
  this.timeout(120_000);
  const github = new GitopsRepository();
  before(() => github.make());
  after(() => github.remove());

  /** Refuses every merge, and one kind of request about the reason. Returns a function that counts those requests. */
  function refuse({ github: { hook } }: Session, question: RegExp, reason = "Not today."): () => number {
    const request = { method: "GET" as const, url: "", headers: {} };
    let asked = 0;
    hook.before("request", ({ method, url }) => {
      if (method === "PUT" && url.endsWith("/merge")) throw new RequestError(reason, 405, { request });
      if (method !== "GET" || !question.test(url)) return;
      asked += 1;
      throw new RequestError("Resource not accessible by integration", 403, { request });
    });
    return () => asked;
  }

  const questions = { settings: /\/repos\/[^/]+\/[^/]+$/, rules: /\/rules\/branches\// };
  for (const [about, question] of Object.entries(questions)) {
    it(`keeps GitHub's reason for a release, without the ${about}`, async () => {
      const number = await github.propose("dora", "env/prod", `release-${about}`, "Say more", README);
      await github.sayValid(number);
      await github.approve("ann", number);
      const [result, asked] = await github.as("release", async (session) => {
        const count = refuse(session, question);
        return [await mergeIfApproved(session, number, false), count()] as const;
      });
      assert.deepEqual([result, asked], [{ blocked: "GitHub refuses to merge it: Not today." }, 1]);
    });

    it(`keeps GitHub's reason for a change of main, without the ${about}`, async () => {
      const branch = `main-${about}`;
      const number = await github.propose("dora", "main", branch, "Say more", README);
      await github.sayValid(number);
      await github.approve("pat", number);
      const { head, html_url: url, title } = await github.pull(number);
      await github.as("dora", async (session) => {
        const count = refuse(session, question);
        const request = { branch, base: "main", head: head.sha, title, message: "" };
        const message =
          `${url}: GitHub refuses to merge it: Not today.\nWaiting does not help. ` +
          "Run the same command again when that is solved.";
        await assert.rejects(new MergeAttempt(session, { number, url }, request).advance(), {
          name: "Failure",
          message,
        });
        assert.equal(count(), 1);
      });
    });
  }

  const passing = [
    "Pull Request is not mergeable",
    'Required status check "lint" is in progress.',
    "2 of 3 required status checks are pending.",
  ];
  const expected = [
    'Required status check "lint" is expected.',
    "Code scanning is waiting for results from CodeQL for the commit 1111111.",
    'Required status check "lint" is in progress. At least 1 approving review is required.',
  ];
  /** Each with what a command does about it for a change of `main`. */
  const reasons: readonly (readonly [reason: string, step: MergeProgress])[] = [
    ...[...passing, ...expected].map((reason) => [reason, { wait: reason }] as const),
    [
      "Base branch was modified. Review and try the merge again.",
      { wait: "others, who changed a branch at the same moment" },
    ],
  ];
  it("is retried after temporary reasons, and waits for checks and people", async () => {
    const branch = "main-waits";
    const number = await github.propose("dora", "main", branch, "Say more", README);
    await github.sayValid(number);
    const { head, html_url: url, title } = await github.pull(number);
    const request = { branch, base: "main", head: head.sha, title, message: "" };
    const stepWith = (reason: string) =>
      github.as("dora", (session) => {
        refuse(session, /^never$/, reason);
        return new MergeAttempt(session, { number, url }, request).advance();
      });
    for (const [reason, step] of reasons) assert.deepEqual(await stepWith(reason), step);
    const others = "Repository rule violations found\n\nNew changes require approval from someone else.\n\n";
    const waits = "review by @vaarak/platform";
    assert.deepEqual(await stepWith(others), { done: { number, url, state: "waits", for: waits } });
  });

  it("leaves a release to the next run for a temporary reason", async () => {
    const number = await github.propose("dora", "env/prod", "release-waits", "Say more", README);
    await github.sayValid(number);
    await github.approve("ann", number);
    for (const reason of passing) {
      const result = await github.as("release", async (session) => {
        refuse(session, /^never$/, reason);
        return mergeIfApproved(session, number, false);
      });
      assert.deepEqual(result, { waitsFor: `GitHub refuses to merge it: ${reason}` });
    }
  });

  it("blocks a release if somebody must act, and says how to continue", async () => {
    const number = await github.propose("dora", "env/prod", "release-blocked", "Say more", README);
    await github.sayValid(number);
    await github.approve("ann", number);
    const texts: readonly (readonly [reason: string, after: string])[] = [
      ['Required status check "lint" is in progress. At least 1 approving review is required.', ""],
      ["This branch has merge conflicts.", ""],
      [
        "Commits must have verified signatures.",
        " A rule requires signed commits. Close it and delete release-blocked: the workflow Release makes it again.",
      ],
    ];
    for (const [reason, after] of texts) {
      const result = await github.as("release", async (session) => {
        refuse(session, /^never$/, reason);
        return mergeIfApproved(session, number, false);
      });
      assert.deepEqual(result, { blocked: `GitHub refuses to merge it: ${reason}${after}` });
    }
  });
});
