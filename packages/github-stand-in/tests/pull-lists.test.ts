import assert from "node:assert/strict";
import { gitops, Protected } from "./protected";

describe("GitHub stand-in: lists of pull requests, and their states", function () {
  this.timeout(60_000);
  const github = new Protected();
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  const pulls = () => github.octokit("rita").rest.pulls;
  const numbers = async (query: object) =>
    (await pulls().list({ ...gitops, ...query })).data.map(({ number }) => number);
  const ofCommit = async (commit_sha: string) => {
    const { repos } = github.octokit("rita").rest;
    const { data } = await repos.listPullRequestsAssociatedWithCommit({ ...gitops, commit_sha });
    return data.map(({ number }) => number);
  };
  const opened: number[] = [];

  it("filters by head, base and state, and sorts as requested", async () => {
    for (const branch of ["bump/dev", "bump/staging"]) {
      await github.push("dev", "main", branch, { [`environments/${branch}.yaml`]: "a: 1\n" });
      opened.push(await github.request("dev", branch, "main"));
    }
    opened.push(await github.release("dora", "release/prod/api"));
    const [dev = 0, staging = 0, release = 0] = opened;
    assert.deepEqual(await numbers({}), [release, staging, dev]);
    assert.deepEqual(await numbers({ direction: "asc" }), [dev, staging, release]);
    assert.deepEqual(await numbers({ head: "vaarak:bump/dev" }), [dev]);
    assert.deepEqual(await numbers({ head: "Vaarak:bump/dev", base: "env/prod" }), []);
    assert.deepEqual(await numbers({ head: "dev:bump/dev" }), []);
    // A head without an owner does not filter, as on GitHub.
    assert.deepEqual(await numbers({ head: "bump/dev" }), [release, staging, dev]);
    assert.deepEqual(await numbers({ base: "env/prod" }), [release]);
    const comment = { ...gitops, issue_number: staging, body: "Why?" };
    await github.octokit("dev").rest.issues.createComment(comment);
    assert.deepEqual(await numbers({ sort: "popularity", direction: "desc", per_page: 1 }), [staging]);
    assert.deepEqual((await numbers({ sort: "long-running" })).at(0), dev);
  });

  it("shows who merged a pull request, when and as which commit", async () => {
    const [dev = 0] = opened;
    const { sha } = (await github.merge("ci-app", dev)).data;
    assert.deepEqual(await numbers({ state: "closed" }), [dev]);
    const [listed] = (await pulls().list({ ...gitops, state: "closed" })).data;
    const one = (await pulls().get({ ...gitops, pull_number: dev })).data;
    assert.deepEqual([listed?.merge_commit_sha, one.merge_commit_sha, one.merged], [sha, sha, true]);
    assert.match(String(one.merged_at), /^\d{4}-.*Z$/);
    assert.equal(listed?.merged_at, one.merged_at);
    assert.deepEqual([one.merged_by?.login, one.merged_by?.type], ["ci-app[bot]", "Bot"]);
    assert.equal(one.mergeable_state, "unknown");
  });

  it("finds the pull request that added a commit with any merge method, and open ones with the commit", async () => {
    const [dev = 0, staging = 0, release = 0] = opened;
    const tip = async (pull_number: number) => (await pulls().get({ ...gitops, pull_number })).data;
    const merged = await tip(dev);
    assert.deepEqual(await ofCommit(merged.head.sha), [dev]);
    assert.deepEqual(await ofCommit(String(merged.merge_commit_sha)), [dev]);
    assert.deepEqual(await ofCommit(merged.base.sha), []);
    assert.deepEqual(await ofCommit("bump/staging"), [staging]);
    assert.deepEqual(await ofCommit((await tip(release)).head.sha), [release]);
    for (const method of ["squash", "rebase"] as const) {
      await github.push("dev", "main", method, { [`${method}.txt`]: "a\n" });
      const number = await github.request("dev", method, "main");
      const { sha } = (await github.merge("dev", number, method)).data;
      assert.deepEqual(await ofCommit(sha), [number], method);
      assert.deepEqual(await ofCommit((await tip(number)).head.sha), [number], method);
    }
    // An update from main adds no commit of main.
    await github.octokit("dev").rest.pulls.updateBranch({ ...gitops, pull_number: staging });
    assert.deepEqual(await ofCommit(merged.head.sha), [dev]);
  });

  it("lists a merged release for its commit, which the default branch does not have", async () => {
    const [, , release = 0] = opened;
    const { head } = await github.pull(release);
    assert.equal((await github.pull(release)).mergeable_state, "blocked");
    await github.validate(release);
    assert.equal((await github.pull(release)).mergeable_state, "blocked");
    await github.approve("ann", release);
    assert.equal((await github.pull(release)).mergeable_state, "clean");
    await github.octokit("ci-app").rest.repos.createCommitStatus({
      ...gitops,
      sha: head.sha,
      context: "extra",
      state: "failure",
    });
    assert.equal((await github.pull(release)).mergeable_state, "unstable");
    const { sha } = (await github.merge("platform-app", release)).data;
    assert.deepEqual(await ofCommit(sha), [release]);
    assert.deepEqual(await ofCommit(head.sha), [release]);
  });

  it("distinguishes drafts and conflicts from a missing review", async () => {
    await github.push("dev", "env/prod", "draft", { "draft.txt": "a\n" });
    const draft = { ...gitops, title: "draft", head: "draft", base: "env/prod", draft: true };
    assert.equal((await github.octokit("dev").rest.pulls.create(draft)).data.mergeable_state, "draft");
    const path = "environments/prod/web.yaml";
    const [one, two] = [
      await github.release("dev", "release/one", { [path]: "tag: one\n" }),
      await github.release("dev", "release/two", { [path]: "tag: two\n" }),
    ];
    await github.validate(one);
    await github.approve("ann", one);
    await github.merge("dev", one);
    const behind = await github.pull(two);
    assert.deepEqual([behind.mergeable, behind.mergeable_state], [false, "dirty"]);
  });

  it("numbers concurrently opened pull requests consecutively, and opens only one for two branches", async () => {
    const branches = Array.from({ length: 6 }, (_, at) => `at-once-${at}`);
    await github.push("dev", "main", "at-once", { "at-once.txt": "a\n" });
    const { sha } = (await github.octokit("dev").rest.git.getRef({ ...gitops, ref: "heads/at-once" })).data.object;
    for (const branch of branches) {
      await github.octokit("dev").rest.git.createRef({ ...gitops, ref: `refs/heads/${branch}`, sha });
    }
    const asked = [...branches, ...branches].map((branch) => github.request("dev", branch, "main"));
    const results = await Promise.allSettled(asked);
    const given = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    assert.deepEqual([given.length, new Set(given).size], [branches.length, branches.length]);
    const refused = results.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    assert.deepEqual(
      refused.filter((reason) => !reason.includes("A pull request already exists")),
      [],
    );
  });

  it("merges once if several merges are requested at the same time", async () => {
    await github.push("dev", "main", "twice", { "twice.txt": "a\n" });
    const number = await github.request("dev", "twice", "main");
    const asked: Promise<string | undefined>[] = [];
    for (let count = 0; count < 20; count++) {
      const merge = github.merge("dev", number).then(({ data }) => data.sha);
      asked.push(merge.catch(() => undefined));
      // Start each merge while another one is in progress.
      await github.octokit("dev").rest.users.getAuthenticated();
    }
    const merges = (await Promise.all(asked)).filter((sha) => sha !== undefined);
    assert.equal(merges.length, 1);
    const clone = await github.clone("dev");
    const log = await clone.git("log", "--first-parent", "--format=%H", "origin/main", "--", "twice.txt");
    assert.deepEqual(log.split("\n"), merges);
  });
});
