/**
 * Pull requests from a fork, whose branch has the name of one of the platform's; a fork in the same organisation even
 * has the same owner. The stand-in has no forks, so a page of them is put into its lists, before the repository's own.
 */
import assert from "node:assert/strict";
import { approve } from "../../commands/approve";
import { findOpenPullRequest, newestPullRequest, openPullRequest } from "../../github/pulls";
import { openRelease } from "../../github/release-pulls";
import { update } from "../../platform/update";
import { release } from "../../release/release";
import type { Session } from "../../session";
import { readPending } from "../../status/status";
import { validatePullRequest } from "../../validate/pull-request";
import { failureAsProblem } from "../../validate/validate";
import { until } from "@gitops-platform/clients/until";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };
const RELEASE = { branch: "release/prod/api", base: "env/prod" };

describe("pull requests of a fork", function () {
  this.timeout(120_000);
  this.slow(10_000);
  const github = new GitopsRepository();
  let text: string;
  /** The waiting release. */
  let own: number;

  before(async () => {
    await github.make();
    text = (await github.read(FILE)).replace(/tag: "[^"]*"/, 'tag: "sha-2222222"');
    const message = "Promote api\n\nRequested-By: @dora";
    const promoted = await github.propose("bump", "main", "promote/api-to-prod", message, { [FILE]: text });
    await github.sayValid(promoted);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: promoted });
    const title = "Release api sha-2222222 to prod";
    own = await github.propose("release", "env/prod", RELEASE.branch, title, { [FILE]: text });
    await github.sayValid(own);
  });
  after(() => github.remove());

  /** Runs a command while each list of pull requests starts with a page of pull requests from a fork. */
  const beside = async <T>(
    branches: { readonly branch: string; readonly base: string },
    work: (session: Session) => Promise<T>,
    login = "release",
  ) => {
    const like = await github.pull(own);
    const head = { ...like.head, ref: branches.branch, label: `vaarak:${branches.branch}` };
    const fork = { ...head, repo: { ...like.base.repo, full_name: "vaarak/gitops-fork" } };
    const theirs = { ...like, head: fork, base: { ...like.base, ref: branches.base } };
    return github.as(login, (session) => {
      session.github.hook.wrap("request", async (request, options) => {
        const answer = await request(options);
        const isList = options.method === "GET" && new URL(answer.url).pathname.endsWith("/gitops/pulls");
        if (!isList || options.url.endsWith("#ours")) return answer;
        const data = Array.from({ length: 30 }, (_, index) => ({ ...theirs, number: 900 + index }));
        return { ...answer, data, headers: { ...answer.headers, link: `<${answer.url}#ours>; rel="next"` } };
      });
      return work(session);
    });
  };
  it("are not confused with our own, no matter how many there are", async () => {
    await beside(RELEASE, async (session) => {
      assert.equal((await newestPullRequest(session, RELEASE))?.number, own);
      assert.equal((await findOpenPullRequest(session, RELEASE))?.number, own);
      assert.equal((await openRelease(session, "prod", "api"))?.number, own);
      assert.equal((await openPullRequest(session, { ...RELEASE, title: "", body: "" })).number, own);
    });
  });

  it("do not fail the check of a commit that our own pull request has, too", async () => {
    const clone = await github.clone("dora");
    const { head } = await github.pull(own);
    await clone.git("fetch", "--quiet", "origin", RELEASE.branch);
    await clone.git("push", "--quiet", "origin", `${head.sha}:refs/heads/theirs`);
    const theirs = { ...repository, title: "Theirs", head: "theirs", base: RELEASE.base };
    const { data: fork } = await github.octokit("dora").rest.pulls.create(theirs);
    const judged = () =>
      github.as("release", async (session) => {
        session.github.hook.wrap("request", async (request, options) => {
          const answer = await request(options);
          if (options.pull_number !== fork.number) return answer;
          const data = { ...(answer.data as typeof fork) };
          return { ...answer, data: { ...data, head: { ...data.head, repo: { full_name: "eve/gitops" } } } };
        });
        // There is no Helm here, so its problems do not matter.
        const found = await failureAsProblem(async () => {
          return [...(await validatePullRequest(session, { number: fork.number })).problems];
        });
        return found.map(({ message }) => message).join("\n");
      });
    const state = (value: "open" | "closed") =>
      github.octokit("dora").rest.pulls.update({ ...repository, pull_number: own, state: value });
    assert.doesNotMatch(await judged(), /from a fork/);
    await state("closed");
    assert.match(await judged(), /from a fork/);
    const { data: reopened } = await state("open");
    // GitHub's clock shows whole seconds: the approvals of the tests below must be later by it.
    const later = Date.parse(reopened.updated_at) + 1000;
    await until("another second", () =>
      Promise.resolve(Date.now() >= later ? { done: true } : { waitingFor: "the clock" }),
    );
    await github.octokit("dora").rest.pulls.update({ ...repository, pull_number: fork.number, state: "closed" });
  });

  it("are ignored, so that our own is opened if there is none", async () => {
    const branches = { branch: "by-dora", base: "main" };
    const clone = await github.clone("dora");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "By dora");
    await clone.git("push", "--quiet", "origin", "HEAD:refs/heads/by-dora");
    await beside(branches, async (session) => {
      assert.equal(await newestPullRequest(session, branches), undefined);
      const opened = await openPullRequest(session, { ...branches, title: "By dora", body: "" });
      assert.deepEqual((await github.pull(opened.number)).head.ref, "by-dora");
    });
  });

  it("are not approved instead of our own", async () => {
    const approved = await beside(RELEASE, (session) => approve({ ...session, log: ignore }, "api", "prod"), "ann");
    assert.equal(approved.number, own);
  });

  it("are not releases, and do not block the merge of our own", async () => {
    await github.approve("art", own);
    const signingKey = github.key.privateKey;
    const outcomes = await beside(RELEASE, (session) => release(session, { thorough: false, signingKey }));
    assert.deepEqual(
      outcomes.map(({ number, state }) => [number, state]),
      [[own, "merged"]],
    );
  });

  it("are not updated as the platform's own", async () => {
    const wanted = {
      branch: "main",
      update: "platform/update",
      files: [{ path: "README.md", text: "# New\n" }],
      folders: [],
    };
    const difference = { branch: "main", exists: true, added: [], changed: ["README.md"], unknown: [] };
    const made = await beside({ branch: "platform/update", base: "main" }, (session) =>
      update(session, wanted, difference),
    );
    assert.deepEqual([made.changed, (await github.pull(made.number)).head.ref], [true, "platform/update"]);
  });

  it("are shown with the name of the fork's owner", async () => {
    const ofBump = await beside({ branch: "bump/dev", base: "main" }, readPending);
    assert.ok(ofBump.state === "known");
    assert.deepEqual(
      ofBump.value.filter(({ number }) => number >= 900),
      [],
    );
    const pending = await beside(RELEASE, readPending);
    assert.ok(pending.state === "known");
    const heads = pending.value.filter(({ number }) => number >= 900).map(({ head }) => head);
    assert.deepEqual([...new Set(heads)], ["vaarak:release/prod/api"]);
  });
});

function ignore(): void {
  // The output for the approver does not matter here.
}
