import assert from "node:assert/strict";
import { commit, gitops, PEOPLE, Protected } from "./protected";
import { refusal } from "./support";

const [vaarak] = PEOPLE.organizations;
const seed = { ...PEOPLE, organizations: vaarak ? [{ ...vaarak, plan: "free" as const }] : [] };

describe("GitHub stand-in: the data that commands read", function () {
  this.timeout(30_000);
  const github = new Protected(seed);
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  const repos = () => github.octokit("rita").rest.repos;
  const approvers = { org: "vaarak", team_slug: "approvers" };

  it("compares branches whose names contain slashes, with the files that differ since the merge base", async () => {
    await github.push("dev", "main", "bump/dev", { "environments/prod/api.yaml": "image:\n  tag: sha-2222222\n" });
    const { data } = await repos().compareCommitsWithBasehead({ ...gitops, basehead: "env/prod...bump/dev" });
    assert.deepEqual([data.status, data.ahead_by, data.behind_by, data.total_commits], ["diverged", 1, 1, 1]);
    assert.deepEqual(
      data.files?.map(({ filename, status, additions, deletions }) => [filename, status, additions, deletions]),
      [["environments/prod/api.yaml", "modified", 1, 1]],
    );
    assert.equal(data.commits[0]?.commit.message, "Change bump/dev");
    const main = (await repos().getBranch({ ...gitops, branch: "main" })).data.commit.sha;
    assert.equal(data.merge_base_commit.sha, main);
    const same = (await repos().compareCommitsWithBasehead({ ...gitops, basehead: `${main}...main` })).data;
    assert.deepEqual([same.status, same.files], ["identical", []]);
    const none = repos().compareCommitsWithBasehead({ ...gitops, basehead: "main...nowhere" });
    assert.equal((await refusal(none)).status, 404);
  });

  it("lists the commits of a path and a branch, since a time, with pagination", async () => {
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "-b", "log");
    const dates = ["2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"];
    for (const [at, date] of dates.entries()) {
      await commit(clone, `Web ${at}`, { "environments/dev/web.yaml": `a: ${at}\n` });
      await clone.git("-c", "user.name=Dora", "commit", "--quiet", "--amend", "--no-edit", `--date=${date}`);
    }
    await clone.git("push", "--quiet", "origin", "log");
    const log = async (query: object) => {
      const { data } = await repos().listCommits({ ...gitops, ...query });
      return data.map((entry) => entry.commit.message);
    };
    const path = "environments/dev/web.yaml";
    assert.deepEqual(await log({ path, sha: "log" }), ["Web 2", "Web 1", "Web 0"]);
    assert.deepEqual(await log({ path }), []);
    assert.deepEqual(await log({ path, sha: "log", per_page: 1, page: 2 }), ["Web 1"]);
    const future = new Date(Date.now() + 3_600_000).toISOString();
    const past = new Date(Date.now() - 3_600_000).toISOString();
    assert.deepEqual(await log({ path, sha: "log", since: future }), []);
    assert.equal((await log({ path, sha: "log", since: past })).length, 3);
    assert.equal((await refusal(log({ sha: "nowhere" }))).status, 404);
  });

  it("shows which branches rulesets protect, and lists those or the others", async () => {
    const names = async (query: object) => (await repos().listBranches({ ...gitops, ...query })).data;
    const all = Object.fromEntries((await names({})).map((branch) => [branch.name, branch.protected]));
    assert.deepEqual([all["env/prod"], all.main, all["bump/dev"]], [true, true, false]);
    assert.deepEqual(
      (await names({ protected: true })).map(({ name }) => name),
      ["env/prod", "main"],
    );
    assert.ok((await names({ protected: false })).every(({ name }) => name !== "main"));
    assert.equal((await repos().getBranch({ ...gitops, branch: "env/prod" })).data.protected, true);
  });

  it("shows an organisation's plan to owners only", async () => {
    const plan = async (login: string) => (await github.octokit(login).rest.orgs.get({ org: "vaarak" })).data.plan;
    assert.equal((await plan("owner"))?.name, "free");
    assert.equal((await plan("owner"))?.filled_seats, 8);
    assert.deepEqual(
      [await plan("rita"), await plan("ci-app"), await plan("dev-limited")],
      [undefined, undefined, undefined],
    );
  });

  it("lists the members of a team and its permission in a repository", async () => {
    const { teams } = github.octokit("rita").rest;
    const logins = async (query: object = {}) =>
      (await teams.listMembersInOrg({ ...approvers, ...query })).data.map(({ login }) => login);
    await github.octokit("owner").rest.teams.addOrUpdateMembershipForUserInOrg({
      ...approvers,
      username: "dora",
      role: "maintainer",
    });
    assert.deepEqual(await logins(), ["ann", "art", "dora"]);
    assert.deepEqual(await logins({ role: "maintainer" }), ["dora"]);
    assert.deepEqual(await logins({ role: "member", per_page: 1 }), ["ann"]);
    const shown = { headers: { accept: "application/vnd.github.v3.repository+json" } };
    for (const octokit of [github.octokit("rita"), github.octokit("ci-app-members")]) {
      const { data } = await octokit.rest.teams.checkPermissionsForRepoInOrg({ ...approvers, ...gitops, ...shown });
      assert.deepEqual([data.role_name, data.permissions?.push, data.permissions?.admin], ["write", true, false]);
    }
    const readers = teams.checkPermissionsForRepoInOrg({ org: "vaarak", team_slug: "readers", ...gitops, ...shown });
    assert.deepEqual([(await readers).data.role_name, (await readers).data.permissions?.push], ["read", false]);
    const nobody = { org: "vaarak", team_slug: "nobody", ...gitops };
    assert.equal((await refusal(teams.checkPermissionsForRepoInOrg(nobody))).status, 404);
    const blind = github.octokit("ci-app").rest.teams.listMembersInOrg(approvers);
    assert.equal((await refusal(blind)).status, 403);
  });
});
