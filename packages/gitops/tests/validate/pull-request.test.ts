import assert from "node:assert/strict";
import type { Session } from "../../session";
import { fromPullRequest, validatePullRequest } from "../../validate/pull-request";

const HEAD = "a".repeat(40);
const ELSEWHERE = "stands in for the merge";

/** A session with a bot's pull request from `fork`, whose push GitHub records at the request `recordedAt`. */
function session(fork: { full_name: string } | null, recordedAt = 1) {
  let looks = 0;
  let gets = 0;
  const base = { ref: "main", repo: { full_name: "vaarak/gitops" } };
  const data = { number: 7, user: { type: "Bot", login: "release[bot]" }, base, head: { ref: "bump/dev", repo: fork } };
  const activity = { activity_type: "push", after: HEAD, actor: { login: "ada", type: "User" } };
  const github = {
    rest: { pulls: { get: () => Promise.resolve({ data }).finally(() => (gets += 1)) }, repos: {} },
    paginate: () => Promise.resolve(++looks < recordedAt ? [] : [activity]),
  };
  const clone = {
    fetch: () => Promise.resolve(),
    resolve: () => Promise.resolve(HEAD),
    git: () => Promise.resolve("base"),
    gitOnDemand: () => Promise.reject(new Error(ELSEWHERE)),
  };
  return { session: { github, repository: {}, clone } as unknown as Session, looks: () => looks, gets: () => gets };
}

describe("a bot's pull request", function () {
  this.timeout(10_000);

  for (const [what, fork] of [
    ["of another repository", { full_name: "eve/gitops" }],
    ["that was deleted", null],
  ] as const) {
    it(`is refused from a fork ${what}, because the pusher is unknown`, async () => {
      await assert.rejects(
        fromPullRequest(session(fork).session, { number: 7, sha: HEAD }),
        /#7 is a bot's and comes from a fork/,
      );
    });
  }

  it("is validated after GitHub has recorded who pushed the commit", async () => {
    const own = session({ full_name: "vaarak/gitops" }, 2);
    await assert.rejects(fromPullRequest(own.session, { number: 7, sha: HEAD }), new RegExp(ELSEWHERE));
    assert.equal(own.looks(), 2);
  });

  it("is requested from GitHub once", async () => {
    const own = session({ full_name: "vaarak/gitops" });
    await assert.rejects(validatePullRequest(own.session, { number: 7, sha: HEAD }), new RegExp(ELSEWHERE));
    assert.equal(own.gets(), 1);
  });
});
