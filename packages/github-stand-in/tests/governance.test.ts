import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Database } from "../store/database";
import { parseSeed } from "../domain/access/seed";
import { gitops, PEOPLE, Protected } from "./protected";
import { refusal, seal } from "./support";

describe("GitHub stand-in: teams, code owners, environments and limits", function () {
  this.timeout(30_000);
  const github = new Protected();
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  it("lists teams, their members and permissions, to members and Apps only", async () => {
    const { teams, repos } = github.octokit("rita").rest;
    const slugs = (await teams.list({ org: "vaarak" })).data.map(({ slug }) => slug);
    assert.deepEqual(slugs, ["approvers", "platform", "developers", "readers"]);
    const approvers = { org: "vaarak", team_slug: "approvers" };
    const members = await teams.listMembersInOrg(approvers);
    assert.deepEqual(
      members.data.map(({ login }) => login),
      ["ann", "art"],
    );
    assert.equal((await teams.checkPermissionsForRepoInOrg({ ...approvers, ...gitops })).status, 204);
    const granted = (await repos.listTeams(gitops)).data.map(({ slug, permission }) => [slug, permission]);
    assert.deepEqual(granted.at(0), ["approvers", "push"]);
    assert.deepEqual(granted.at(-1), ["readers", "pull"]);
    assert.equal((await github.octokit("ci-app-members").rest.teams.list({ org: "vaarak" })).data.length, 4);
    assert.equal((await refusal(github.octokit("ci-app").rest.teams.list({ org: "vaarak" }))).status, 403);
    assert.equal((await refusal(github.octokit().rest.teams.list({ org: "vaarak" }))).status, 401);
  });

  it("lets only owners create and change a team", async () => {
    const { teams } = github.octokit("owner").rest;
    const made = await teams.create({ org: "vaarak", name: "On Call", privacy: "closed" });
    assert.equal(made.data.slug, "on-call");
    const membership = { org: "vaarak", team_slug: "on-call", username: "dora" };
    await teams.addOrUpdateMembershipForUserInOrg(membership);
    assert.equal((await teams.getMembershipForUserInOrg(membership)).data.state, "active");
    const own = github.octokit("dev").rest.teams.addOrUpdateMembershipForUserInOrg({
      ...membership,
      team_slug: "approvers",
      username: "dev",
    });
    assert.equal((await refusal(own)).status, 403);
    const repository = { org: "vaarak", team_slug: "on-call", ...gitops, permission: "admin" };
    assert.equal(
      (await refusal(github.octokit("dev").rest.teams.addOrUpdateRepoPermissionsInOrg(repository))).status,
      403,
    );
  });

  it("lets a repository's administrators set a team's permission, by its name or its id", async () => {
    const { orgs, teams } = github.octokit("owner").rest;
    const number = (await teams.getByName({ org: "vaarak", team_slug: "readers" })).data.id;
    const organization = (await orgs.get({ org: "vaarak" })).data.id;
    const path = `/organizations/${organization}/team/${number}/repos/vaarak/gitops`;
    const own = github.octokit("dev");
    assert.equal((await refusal(own.request(`DELETE ${path}`))).status, 403);
    const owner = github.octokit("owner");
    assert.equal((await owner.request(`PUT ${path}`, { permission: "push" })).status, 204);
    const right = { org: "vaarak", team_slug: "readers", ...gitops };
    const shown = { headers: { accept: "application/vnd.github.v3.repository+json" } };
    assert.equal((await teams.checkPermissionsForRepoInOrg({ ...right, ...shown })).data.permissions?.push, true);
    await teams.removeRepoInOrg(right);
    assert.equal((await refusal(owner.request(`GET ${path}`))).status, 404);
    await teams.addOrUpdateRepoPermissionsInOrg({ ...right, permission: "pull" });
    assert.equal(
      (await refusal(owner.request(`GET /organizations/1000/team/${number}/repos/vaarak/gitops`))).status,
      404,
    );
  });

  it("reports the errors of a branch's own CODEOWNERS, and owners that are not valid", async () => {
    const text = ["* @vaarak/approvers", "/a @rita", "/b @vaarak/readers", "[c] @ann", "/d @ann,@art"].join("\n");
    await github.push("dev", "main", "owners", { ".github/CODEOWNERS": text, CODEOWNERS: "* nobody\n" });
    const { repos } = github.octokit("rita").rest;
    assert.deepEqual((await repos.codeownersErrors(gitops)).data.errors, []);
    const { errors } = (await repos.codeownersErrors({ ...gitops, ref: "owners" })).data;
    assert.deepEqual(
      errors.map(({ line, column, kind, path }) => [line, column, kind, path]),
      [
        [2, 4, "Unknown owner", ".github/CODEOWNERS"],
        [3, 4, "Unknown owner", ".github/CODEOWNERS"],
        [4, 1, "Invalid pattern", ".github/CODEOWNERS"],
        [5, 4, "Invalid owner", ".github/CODEOWNERS"],
      ],
    );
    assert.match(
      errors[1]?.message ?? "",
      /^Unknown owner on line 3: make sure the team @vaarak\/readers exists, is publicly visible, and has write access/,
    );
  });

  it("stores the branches that may deploy to an environment", async () => {
    const { repos } = github.octokit("owner").rest;
    const environment = { ...gitops, environment_name: "bump" };
    await repos.createOrUpdateEnvironment(environment);
    assert.equal((await refusal(repos.createDeploymentBranchPolicy({ ...environment, name: "main" }))).status, 404);
    const approvers = (await repos.listTeams(gitops)).data[0]?.id ?? 0;
    const policy = { protected_branches: false, custom_branch_policies: true };
    const set = await repos.createOrUpdateEnvironment({
      ...environment,
      deployment_branch_policy: policy,
      reviewers: [{ type: "Team", id: approvers }],
    });
    const types = set.data.protection_rules?.map(({ type }) => type);
    assert.deepEqual(types, ["required_reviewers", "branch_policy"]);
    const made = await repos.createDeploymentBranchPolicy({ ...environment, name: "main" });
    const list = await repos.listDeploymentBranchPolicies(environment);
    assert.deepEqual(
      list.data.branch_policies.map(({ name, type }) => [name, type]),
      [["main", "branch"]],
    );
    const one = { ...environment, branch_policy_id: made.data.id ?? 0 };
    assert.equal((await repos.updateDeploymentBranchPolicy({ ...one, name: "release/*" })).data.name, "release/*");
    const again = await repos.createDeploymentBranchPolicy({ ...environment, name: "release/*" });
    assert.equal(again.status, 303);
    await repos.deleteDeploymentBranchPolicy(one);
    assert.equal((await refusal(repos.getDeploymentBranchPolicy(one))).status, 404);
  });

  it("separates secrets and variables of an environment from the repository's", async () => {
    const { actions, repos } = github.octokit("owner").rest;
    const environment = { ...gitops, environment_name: "release" };
    await repos.createOrUpdateEnvironment(environment);
    const { key_id, key } = (await actions.getEnvironmentPublicKey(environment)).data;
    const secret = { ...environment, secret_name: "APP_KEY", encrypted_value: await seal("x", key), key_id };
    const open = { ...secret, encrypted_value: "c2VhbGVk" };
    assert.equal((await refusal(actions.createOrUpdateEnvironmentSecret(open))).status, 422);
    assert.equal((await actions.createOrUpdateEnvironmentSecret(secret)).status, 201);
    assert.equal((await actions.getEnvironmentSecret(secret)).data.name, "APP_KEY");
    assert.equal((await refusal(actions.getRepoSecret({ ...gitops, secret_name: "APP_KEY" }))).status, 404);
    await actions.createEnvironmentVariable({ ...environment, name: "APP_ID", value: "7" });
    assert.equal((await actions.getEnvironmentVariable({ ...environment, name: "APP_ID" })).data.value, "7");
    const dev = github.octokit("dev").rest.actions;
    assert.equal((await refusal(dev.createOrUpdateEnvironmentSecret(secret))).status, 404);
  });

  it("serves a repository by its id too, as providers need for secrets of environments", async () => {
    const owner = github.octokit("owner");
    const { id } = (await owner.rest.repos.get(gitops)).data;
    await owner.rest.repos.createOrUpdateEnvironment({ ...gitops, environment_name: "by-number" });
    const environment = `/repositories/${id}/environments/by-number`;
    const { key_id, key } = (await owner.request(`GET ${environment}/secrets/public-key`)).data as Record<
      string,
      string
    >;
    const encrypted_value = await seal("x", key ?? "");
    assert.equal((await owner.request(`PUT ${environment}/secrets/KEY`, { key_id, encrypted_value })).status, 201);
    const byName = { ...gitops, environment_name: "by-number", secret_name: "KEY" };
    assert.equal((await owner.rest.actions.getEnvironmentSecret(byName)).data.name, "KEY");
    assert.equal((await refusal(github.octokit("dev").request(`GET ${environment}/secrets/public-key`))).status, 404);
    assert.equal((await refusal(owner.request(`GET /repositories/${id}9/environments`))).status, 404);
  });

  it("limits each account's writes as the seed sets, and says how long to wait", async () => {
    const limited = new Protected({ ...PEOPLE, limits: { contentWritesPerMinute: 2 } });
    try {
      await limited.start();
      const owner = limited.octokit("owner");
      await owner.rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
      await limited.write("owner", "main", "one.txt");
      const { repos } = owner.rest;
      const error = await repos.replaceAllTopics({ ...gitops, names: ["x"] }).catch((failure: unknown) => failure);
      const { status, response } = error as { status: number; response: { headers: Record<string, string> } };
      assert.equal(status, 403);
      assert.match(response.headers["retry-after"] ?? "", /^[1-6]?\d$/);
      assert.equal((await repos.get(gitops)).status, 200);
      await limited.write("ann", "main", "two.txt");
    } finally {
      await limited.remove();
    }
  });

  it("reports the errors of a seed", () => {
    const app = { slug: "a", token: "12345678", permissions: {}, repositories: [] };
    const wrong = { organizations: [], users: [], apps: [{ ...app, permissions: { contents: "admin" } }] };
    assert.throws(() => parseSeed(wrong, "seed.json"), /^Error: seed\.json:\n[^]*apps\[0\]\.permissions\.contents/);
    assert.equal(parseSeed({ organizations: [], users: [], apps: [app] }, "x").limits.contentWritesPerHour, undefined);
  });

  it("rejects two Apps with one id, and a team with unknown members", async () => {
    const app = { slug: "first", id: 5, token: "12345678", permissions: {}, repositories: [] };
    const twice = new Protected({ ...PEOPLE, apps: [app, { ...app, slug: "second", token: "87654321" }] });
    await assert.rejects(twice.start(), /apps: got the id 5 for second and for first\[bot\]; expected a unique id\./);
    const teams = [{ slug: "empty", members: ["nobody"] }];
    const strange = new Protected({ organizations: [{ login: "vaarak", teams }], users: [] });
    await assert.rejects(strange.start(), /teams: got the member nobody of vaarak\/empty; expected a user\./);
    await Promise.all([twice.remove(), strange.remove()]);
  });

  it("rejects a database of another format, and names the fix", async () => {
    const folder = mkdtempSync(join(tmpdir(), "github-"));
    const file = join(folder, "database.json");
    await new Database(folder).save();
    const saved = JSON.parse(readFileSync(file, "utf8")) as { format: number };
    assert.deepEqual(new Database(folder).repositories, []);
    writeFileSync(file, JSON.stringify({ ...saved, format: undefined }));
    assert.throws(() => new Database(folder), /database\.json: got format none; expected \d+\. .*`npm run reset`/);
    writeFileSync(file, JSON.stringify({ ...saved, format: saved.format + 1 }));
    assert.throws(() => new Database(folder), /database\.json: got format \d+; expected \d+\. .*`npm run reset`/);
    rmSync(folder, { recursive: true });
  });

  it("never writes a token into its files", () => {
    const text = readFileSync(join(github.data, "database.json"), "utf8");
    assert.equal(text.includes("token-of-"), false);
  });
});
