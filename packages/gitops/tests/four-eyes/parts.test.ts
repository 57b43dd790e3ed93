/**
 * Who contributed to a release, on the stand-in, over HTTP and Git. These tests run without Helm: they set the check
 * `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { judge } from "../../four-eyes/judge";
import { releaseByNumber } from "../../github/release-pulls";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };
/** Options of a commit that names ann as its author. */
const AS_ANN = ["-c", "user.name=ann", "-c", "user.email=ann@users.noreply.localhost"];

describe("a contributor to a release", function () {
  this.timeout(240_000);
  this.slow(20_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
  });
  afterEach(() => github.remove());

  const version = async (tag: string) => (await github.read(FILE)).replace(/tag: "[^"]*"/, `tag: "${tag}"`);
  const merge = async (login: string, pull_number: number) => {
    await github.sayValid(pull_number);
    await github.octokit(login).rest.pulls.merge({ ...repository, pull_number });
  };
  const open = async (login: string, head: string, base = "main") =>
    (await github.octokit(login).rest.pulls.create({ ...repository, title: head, head, base })).data.number;
  /** Opens a release of what main has, approved by ann. */
  const ask = async () => {
    const change = { [FILE]: await github.read(FILE) };
    const number = await github.propose("release", "env/prod", "release/prod/api", "Release api", change);
    await github.approve("ann", number);
    return number;
  };
  const logins = (verdict: Awaited<ReturnType<typeof github.fourEyes>>) =>
    verdict?.contributors.map(({ login }) => login).sort();
  /** A clone of dev's, on a new branch, with a commit by dev that names ann as its author. */
  const invented = async (branch: string) => {
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "-b", branch);
    await commit(clone, "As ann", { [FILE]: await version("sha-2222222") });
    await clone.git(...AS_ANN, "commit", "--quiet", "--amend", "--no-edit", "--reset-author");
    return clone;
  };
  const isAnns = async (ref: string) => {
    const { data } = await github.octokit("dev").rest.repos.getCommit({ ...repository, ref });
    assert.deepEqual([data.author?.login, data.committer?.login], ["ann", "ann"]);
  };

  it("is who pushed to its pull request, not the author of an unsigned commit", async () => {
    const clone = await invented("as-ann");
    await clone.git("push", "--quiet", "origin", "as-ann");
    await isAnns("as-ann");
    await merge("dora", await open("dora", "as-ann"));
    const verdict = await github.fourEyes(await ask());
    assert.deepEqual([verdict?.state, logins(verdict)], ["approved", ["dev", "dora"]]);
  });

  it("is who pushed to main before it was protected, not the author of the commits", async () => {
    const enable = await github.disable("main");
    const clone = await invented("as-ann");
    const sha = await clone.git("rev-parse", "HEAD");
    // The released commit is not the newest one of its push.
    await commit(clone, "More", { "docs/more.md": "# More\n" });
    await clone.git("push", "--quiet", "origin", "HEAD:main");
    await isAnns(sha);
    await enable();
    const verdict = await github.fourEyes(await ask());
    assert.deepEqual(
      [verdict?.state, verdict?.contributors],
      ["approved", [{ login: "dev", did: `pushed ${sha.slice(0, 7)} to main` }]],
    );
  });

  it("is not GitHub as the committer of signed commits, if there is no record of the push", async () => {
    const { repos } = github.octokit("owner").rest;
    const main = (await repos.getRepoRulesets(repository)).data.find(({ name }) => name === "main");
    const ruleset = { ...repository, ruleset_id: main?.id ?? 0 };
    await repos.updateRepoRuleset({ ...ruleset, enforcement: "disabled" });
    const clone = await github.clone("release");
    await commit(clone, "By an App", { [FILE]: await version("sha-2222222") });
    await clone.git("push", "--quiet", "origin", "HEAD:main");
    await repos.updateRepoRuleset({ ...ruleset, enforcement: "active" });
    const number = await ask();
    await github.as("release", async (session) => {
      const { paginate, rest } = session.github;
      const getCommit = async (request: Parameters<typeof rest.repos.getCommit>[0]) => {
        const answer = await rest.repos.getCommit(request);
        return { ...answer, data: { ...answer.data, author: null, committer: { login: "web-flow", type: "User" } } };
      };
      const unrecorded = (route: unknown, request: { ref?: string }) =>
        request.ref === "refs/heads/main" ? Promise.resolve([]) : paginate(route as never, request as never);
      const altered = { ...rest.repos, getCommit };
      const hub = { rest: { ...rest, repos: altered }, paginate: Object.assign(unrecorded, paginate) };
      const pull = await releaseByNumber(session, number);
      assert.ok(pull);
      const verdict = await judge({ ...session, github: hub as never }, pull);
      assert.deepEqual([verdict.state, verdict.contributors], ["refused", []]);
    });
  });

  it("is unknown in a pull request with too many commits, which is refused", async () => {
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "-b", "long");
    await commit(clone, "The change", { [FILE]: await version("sha-2222222") });
    clone.commitNothing("long", Array<string>(249).fill("x"));
    await clone.git("push", "--quiet", "origin", "long");
    await merge("dev", await open("dev", "long"));
    const main = await (await github.clone("dev")).git("rev-parse", "origin/main");
    const number = await ask();
    const verdict = await github.fourEyes(number);
    const text =
      `${main.slice(0, 7)}: brings 251 commits; expected at most 250, because GitHub is asked about each. ` +
      "Revert it, and make the same change by smaller pull requests, or by one commit.";
    assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", [{ reason: "not-judged", text }]]);
    await github.sayValid(number);
    assert.match(JSON.stringify(await github.mergeApproved(number)), /blocked.*brings 251 commits/);
  });

  it("is found with one list of pull requests for each run, until main or a head moves", async () => {
    const change = { [FILE]: await version("sha-2222222") };
    await merge("dora", await github.propose("dora", "main", "to-prod", "Promote api", change));
    const first = await ask();
    const second = await github.propose("dev", "env/prod", "by-dev", "More", { "docs/more.md": "# More\n" });
    await github.as("release", async (session) => {
      let lists = 0;
      const git = session.clone.git.bind(session.clone);
      session.clone.git = (...args) => {
        if (args[0] === "ls-remote") lists++;
        return git(...args);
      };
      const judged = async (number: number) => {
        const pull = await releaseByNumber(session, number);
        assert.ok(pull);
        const { contributors } = await judge(session, pull);
        return [contributors.map(({ login }) => login).sort(), lists];
      };
      assert.deepEqual(await judged(first), [["dora"], 1]);
      assert.deepEqual(await judged(second), [["dev"], 1]);
      const inner = await github.propose("art", "by-dev", "art-work", "Still more", { "docs/art.md": "# Art\n" });
      await github.octokit("dev").rest.pulls.merge({ ...repository, pull_number: inner });
      assert.deepEqual(await judged(second), [["art", "dev"], 2]);
      assert.deepEqual(await judged(first), [["dora"], 2]);
      const later = { [FILE]: await version("sha-3333333") };
      await merge("pat", await github.propose("pat", "main", "later", "Promote api", later));
      await session.clone.fetch();
      assert.deepEqual(await judged(first), [["dora"], 3]);
    });
  });
});
