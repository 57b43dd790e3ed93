import assert from "node:assert/strict";
import { bump } from "../../versions/bump";
import { Failure } from "@gitops-platform/contract/failure";
import { until } from "@gitops-platform/clients/until";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

const PATH = "environments/dev/api.yaml";
const order = (tag: string, service = "api") => ({ service, environment: "dev", version: { tag } });

describe("a bump", function () {
  this.slow(5000);
  this.timeout(60_000);
  let gitops: GitopsRepository;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await gitops.make({
      codeOwners: { "/environments/dev/owned.yaml": ["vaarak/platform"] },
      files: {
        [PATH]: values("sha-1111111"),
        "environments/dev/web.yaml": values("sha-1111111", "web"),
        "environments/dev/owned.yaml": values("sha-1111111", "owned"),
      },
    });
  });
  afterEach(() => gitops.remove());

  it("lands by one pull request that says what, where and for whom", async () => {
    gitops.judge();
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting));
    assert.equal(outcome.state, "merged");
    assert.equal(outcome.pullRequest?.number, 1);
    assert.equal(await gitops.read(PATH), values("sha-2222222"));
    const trailers = "Service: api\nEnvironment: dev\nImage: sha-2222222\nRequested-By: @dora";
    assert.equal((await gitops.log())[0], `Deploy api sha-2222222 to dev (#1)\n\n${trailers}`);
    const { data: branches } = await gitops.octokit("owner").rest.repos.listBranches(repository);
    assert.deepEqual(
      branches.map(({ name }) => name),
      ["env/prod", "main"],
    );
  });

  it("lands by signed commits where a rule requires them, alone and in a batch", async function () {
    this.timeout(180_000);
    await gitops.octokit("owner").rest.repos.createRepoRuleset({
      ...repository,
      name: "signed",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "required_signatures" }],
    });
    const before = (await gitops.octokit("owner").rest.repos.getBranch({ ...repository, branch: "main" })).data;
    gitops.judge();
    const one = await gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting));
    const others = ["api", "web"].map((service) =>
      gitops.change((session, waiting) => bump(session, order("sha-3333333", service), waiting)),
    );
    const states = [one, ...(await Promise.all(others))].map(({ state }) => state);
    assert.deepEqual(states, ["merged", "merged", "merged"]);
    const basehead = `${before.commit.sha}...main`;
    const { data } = await gitops
      .octokit("owner")
      .rest.repos.compareCommitsWithBasehead({ ...repository, basehead, per_page: 100 });
    assert.ok(data.commits.length >= 5, `${data.commits.length} commits`);
    for (const { commit, author } of data.commits) {
      assert.deepEqual([commit.verification?.verified, author?.login], [true, "bump[bot]"], commit.message);
    }
  });

  it("that is there already changes nothing", async () => {
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-1111111"), waiting));
    assert.equal(outcome.state, "already");
    assert.deepEqual(await gitops.pulls(), []);
  });

  it("that was stopped is finished by the same command", async () => {
    const first = gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting), { timeout: 500 });
    await assert.rejects(first, /Waited .* still for #1: the check validate\. What was begun stays/);
    gitops.judge();
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting));
    assert.equal(outcome.pullRequest?.number, 1);
    assert.equal(outcome.state, "merged");
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("that was stopped before its pull request was opened is finished by the same command", async () => {
    const clone = await gitops.clone("bump");
    await clone.git("checkout", "--quiet", "-b", "bump/dev");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "Begun");
    await clone.git("push", "--quiet", "origin", "bump/dev");
    gitops.judge();
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting, 100));
    assert.equal(outcome.state, "merged");
  });

  it("by a person has a pull request of theirs", async () => {
    gitops.judge();
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting), {
      login: "pat",
    });
    assert.equal(outcome.state, "merged");
    const [pull] = await gitops.pulls();
    assert.deepEqual([pull?.head.ref, pull?.user?.login], ["bump/dev-api", "pat"]);
  });

  it("of an owned file waits for its owners", async () => {
    gitops.judge();
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-2222222", "owned"), waiting));
    assert.equal(outcome.state, "waits");
    assert.equal(outcome.waitsFor, "review by @vaarak/platform");
    const [pull, ...others] = await gitops.pulls();
    assert.deepEqual([pull?.state, pull?.head.ref], ["open", "bump/dev-owned"]);
    assert.deepEqual(others, []);
  });

  it("that a check refuses says what the check says", async () => {
    gitops.judge(() => "failure");
    await assert.rejects(
      gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting)),
      (error) => {
        assert.ok(error instanceof Failure);
        assert.match(
          error.message,
          /pull\/1: the check validate failed\.\nfailure of bump\/dev\nenvironments\/dev\/api/,
        );
        return true;
      },
    );
  });

  it("that somebody closes ends, and says so", async () => {
    const running = gitops.change((session, waiting) => bump(session, order("sha-2222222"), waiting));
    running.catch(() => undefined);
    const number = await gitops.openPull("bump/dev");
    await gitops.octokit("pat").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    await assert.rejects(running, /pull\/1: closed without being merged/);
  });

  it("begins again where the shared branch conflicts with main", async () => {
    await gitops
      .change((session, waiting) => bump(session, order("sha-2222222"), waiting), { timeout: 300 })
      .catch(() => 0);
    await gitops.commit("By hand", { [PATH]: values("sha-4444444") }, "by-hand");
    const { rest } = gitops.octokit("owner");
    const byHand = await rest.pulls.create({ ...repository, head: "by-hand", base: "main", title: "By hand" });
    gitops.judge();
    await until("the change by hand is merged", async () => {
      await rest.pulls.merge({ ...repository, pull_number: byHand.data.number });
      return { done: true };
    });
    const outcome = await gitops.change((session, waiting) => bump(session, order("sha-5555555"), waiting));
    assert.equal(outcome.state, "merged");
    assert.equal(await gitops.read(PATH), values("sha-5555555"));
  });

  it("of a service that is not there names those that are", async () => {
    await assert.rejects(
      gitops.change((session, waiting) => bump(session, order("sha-2222222", "wbe"), waiting)),
      /^Failure: service: got wbe, but there is no environments\/dev\/wbe\.yaml; expected one of api, owned, web\./,
    );
  });
});
