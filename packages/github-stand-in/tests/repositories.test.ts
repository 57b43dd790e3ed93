import assert from "node:assert/strict";
import { refusal, StandIn, seal } from "./support";

describe("GitHub stand-in: accounts and repositories", function () {
  this.timeout(20_000);
  const github = new StandIn();
  before(() => github.start());
  after(() => github.remove());
  const gitops = { owner: "vaarak", repo: "gitops" };

  it("returns its people and organisations", async () => {
    const ada = github.octokit("ada");
    assert.equal((await ada.rest.users.getAuthenticated()).data.login, "ada");
    assert.equal((await ada.rest.users.getByUsername({ username: "vaarak" })).data.type, "Organization");
    assert.equal((await ada.rest.orgs.get({ org: "vaarak" })).data.login, "vaarak");
    assert.equal((await ada.rest.users.getByUsername({ username: "release[bot]" })).data.type, "Bot");
    assert.equal((await refusal(ada.rest.orgs.get({ org: "ada" }))).status, 404);
  });

  it("sends GitHub's headers, and 304 for an unchanged response", async () => {
    const ada = github.octokit("ada");
    const { headers } = await ada.rest.users.getAuthenticated();
    assert.match(String(headers["x-github-request-id"]), /^[0-9a-f-]{36}$/);
    assert.equal(headers["x-ratelimit-limit"], "5000");
    const again = ada.request("GET /user", { headers: { "if-none-match": String(headers.etag) } });
    assert.equal((await refusal(again)).status, 304);
  });

  it("rejects an unknown token with 401, even if anonymous reading is allowed", async () => {
    const { status, body } = await refusal(github.octokit("nobody").request("GET /meta"));
    assert.equal(status, 401);
    assert.deepEqual(body, {
      message: "Bad credentials",
      documentation_url: "https://docs.github.com/rest",
      status: "401",
    });
    assert.equal((await refusal(github.octokit().rest.users.getAuthenticated())).message, "Requires authentication");
  });

  it("creates a repository with a first commit, in an organisation and for a person", async () => {
    const { data } = await github.octokit("ada").rest.repos.createInOrg({
      org: "vaarak",
      name: "gitops",
      visibility: "private",
      auto_init: true,
      delete_branch_on_merge: true,
      description: "what runs",
    });
    assert.equal(data.full_name, "vaarak/gitops");
    assert.equal(data.html_url, `${github.url}/vaarak/gitops`);
    assert.equal(data.clone_url, `${github.url}/vaarak/gitops.git`);
    assert.deepEqual(
      [data.private, data.visibility, data.default_branch, data.delete_branch_on_merge, data.allow_squash_merge],
      [true, "private", "main", true, true],
    );
    assert.equal(data.owner.type, "Organization");
    const commits = await github.octokit("ada").rest.repos.listCommits(gitops);
    assert.deepEqual(
      commits.data.map((commit) => [commit.commit.message, commit.author?.login]),
      [["Initial commit", "ada"]],
    );
    const own = await github.octokit("dan").rest.repos.createForAuthenticatedUser({ name: "notes" });
    assert.equal(own.data.full_name, "dan/notes");
    assert.equal(own.data.private, false);
  });

  const refusedNames = ["", ".", "..", "a/b", "../escape", "a b", "x.git", "a".repeat(101)];
  for (const name of refusedNames) {
    it(`rejects the repository name ${JSON.stringify(name.slice(0, 12))}`, async () => {
      const { status, body } = await refusal(github.octokit("ada").rest.repos.createInOrg({ org: "vaarak", name }));
      assert.equal(status, 422);
      assert.equal(body.message, "Repository creation failed.");
    });
  }

  it("rejects a name that is taken, in upper or lower case", async () => {
    const call = github.octokit("ada").rest.repos.createInOrg({ org: "vaarak", name: "GitOps" });
    const { status, body } = await refusal(call);
    assert.equal(status, 422);
    assert.deepEqual(body.errors, [
      { resource: "Repository", field: "name", code: "custom", message: "name already exists on this account" },
    ]);
  });

  it("reports which field of a body is missing or invalid, and a body that is not JSON", async () => {
    const ada = github.octokit("ada");
    const missing = await refusal(ada.request("POST /orgs/vaarak/repos", { private: true }));
    assert.deepEqual([missing.status, missing.message], [422, 'Invalid request.\n\n"name" wasn\'t supplied.']);
    const wrong = await refusal(ada.request("POST /orgs/vaarak/repos", { name: 1 }));
    assert.match(wrong.message, /For 'properties\/name', 1 is not a string\./);
    const headers = { authorization: "token token-of-ada" };
    const broken = await fetch(`${github.url}/api/v3/orgs/vaarak/repos`, { method: "POST", headers, body: "{" });
    assert.equal(broken.status, 400);
    assert.equal(((await broken.json()) as { message: string }).message, "Problems parsing JSON");
  });

  const rights: [string | undefined, number, number, number][] = [
    // account, GET repository, PUT contents, GET hooks
    ["ada", 200, 201, 200],
    ["ben", 200, 201, 404],
    ["cleo", 200, 403, 404],
    ["release", 200, 403, 403],
    ["dan", 404, 404, 404],
    [undefined, 404, 404, 404],
  ];
  for (const [login, get, put, hooks] of rights) {
    it(`gives ${login ?? "nobody"} ${get} to read, ${put} to write, ${hooks} to administer`, async () => {
      const octokit = github.octokit(login);
      const status = (call: Promise<{ status: number }>) =>
        call.then(
          (response) => response.status,
          (error: unknown) => (error as { status: number }).status,
        );
      const file = { ...gitops, path: `by-${login ?? "nobody"}.txt`, message: "add", content: "" };
      assert.equal(await status(octokit.rest.repos.get(gitops)), get);
      assert.equal(await status(octokit.rest.repos.createOrUpdateFileContents(file)), put);
      assert.equal(await status(octokit.rest.repos.listWebhooks(gitops)), hooks);
    });
  }

  it("adds and removes a collaborator's permission", async () => {
    const ada = github.octokit("ada");
    const dan = { ...gitops, username: "dan" };
    await ada.rest.repos.addCollaborator({ ...dan, permission: "pull" });
    assert.equal((await ada.rest.repos.getCollaboratorPermissionLevel(dan)).data.permission, "read");
    assert.equal((await github.octokit("dan").rest.repos.get(gitops)).data.permissions?.push, false);
    await ada.rest.repos.removeCollaborator(dan);
    assert.equal((await refusal(github.octokit("dan").rest.repos.get(gitops))).status, 404);
  });

  it("changes settings, topics and alerts, but not for a reader", async () => {
    const ada = github.octokit("ada");
    const edited = await ada.rest.repos.update({ ...gitops, has_wiki: false, allow_merge_commit: false });
    assert.deepEqual(
      [edited.data.has_wiki, edited.data.allow_merge_commit, edited.data.description],
      [false, false, "what runs"],
    );
    const denied = await refusal(github.octokit("cleo").rest.repos.update({ ...gitops, has_wiki: true }));
    assert.deepEqual([denied.status, denied.message], [403, "Must have admin rights to Repository."]);
    await ada.rest.repos.replaceAllTopics({ ...gitops, names: ["gitops", "argo-cd"] });
    assert.deepEqual((await ada.rest.repos.getAllTopics(gitops)).data.names, ["gitops", "argo-cd"]);
    assert.equal((await refusal(ada.rest.repos.checkVulnerabilityAlerts(gitops))).status, 404);
    await ada.rest.repos.enableVulnerabilityAlerts(gitops);
    assert.equal((await ada.rest.repos.checkVulnerabilityAlerts(gitops)).status, 204);
  });

  it("paginates lists with a Link header that Octokit follows", async () => {
    const ada = github.octokit("ada");
    for (const name of ["one", "two", "three", "four"]) await ada.rest.repos.createInOrg({ org: "vaarak", name });
    const first = await ada.rest.repos.listForOrg({ org: "vaarak", per_page: 2 });
    assert.deepEqual(
      first.data.map((repo) => repo.name),
      ["gitops", "one"],
    );
    assert.match(String(first.headers.link), /page=2>; rel="next", <.*page=3>; rel="last"/);
    const all = await ada.paginate(ada.rest.repos.listForOrg, { org: "vaarak", per_page: 2 });
    assert.deepEqual(
      all.map((repo) => repo.name),
      ["gitops", "one", "two", "three", "four"],
    );
  });

  it("stores a repository's deploy keys, environments, variables, secrets and rulesets", async () => {
    const ada = github.octokit("ada");
    const body = `AAAAC3NzaC1lZDI1NTE5${"A".repeat(48)}`;
    const key = await ada.rest.repos.createDeployKey({
      ...gitops,
      title: "dev",
      key: `ssh-ed25519 ${body} me`,
      read_only: true,
    });
    assert.deepEqual([key.data.key, key.data.read_only], [`ssh-ed25519 ${body}`, true]);
    const taken = await refusal(ada.rest.repos.createDeployKey({ ...gitops, key: `ssh-ed25519 ${body}` }));
    assert.deepEqual([taken.status, JSON.stringify(taken.body.errors).includes("key is already in use")], [422, true]);
    await ada.rest.repos.deleteDeployKey({ ...gitops, key_id: key.data.id });
    assert.deepEqual((await ada.rest.repos.listDeployKeys(gitops)).data, []);

    await ada.rest.repos.createOrUpdateEnvironment({
      ...gitops,
      environment_name: "prod",
      deployment_branch_policy: { protected_branches: true, custom_branch_policies: false },
    });
    const environment = await ada.rest.repos.getEnvironment({ ...gitops, environment_name: "prod" });
    assert.equal(environment.data.deployment_branch_policy?.protected_branches, true);

    await ada.rest.actions.createRepoVariable({ ...gitops, name: "app_id", value: "7" });
    assert.equal((await ada.rest.actions.getRepoVariable({ ...gitops, name: "APP_ID" })).data.value, "7");
    const { key_id, key: publicKey } = (await ada.rest.actions.getRepoPublicKey(gitops)).data;
    assert.equal(Buffer.from(publicKey, "base64").length, 32);
    const secret = { ...gitops, secret_name: "KEY", encrypted_value: await seal("x", publicKey), key_id };
    assert.equal((await ada.rest.actions.createOrUpdateRepoSecret(secret)).status, 201);
    assert.equal((await ada.rest.actions.createOrUpdateRepoSecret(secret)).status, 204);

    const conditions = { ref_name: { include: ["refs/heads/env/*"], exclude: [] } };
    const made = await ada.rest.repos.createRepoRuleset({
      ...gitops,
      name: "production",
      enforcement: "active",
      conditions,
      rules: [{ type: "deletion" }],
    });
    const read = await ada.rest.repos.getRepoRuleset({ ...gitops, ruleset_id: made.data.id, includes_parents: false });
    assert.deepEqual(
      [read.data.conditions, read.data.rules, read.data.bypass_actors],
      [conditions, [{ type: "deletion" }], []],
    );
    await ada.rest.repos.deleteRepoRuleset({ ...gitops, ruleset_id: made.data.id });
    assert.deepEqual((await ada.rest.repos.getRepoRulesets(gitops)).data, []);
  });

  it("shows a browser a small page, and nothing without read access", async () => {
    const page = await fetch(`${github.url}/vaarak/gitops`, { headers: { authorization: "token token-of-ada" } });
    assert.match(await page.text(), /git clone .*\/vaarak\/gitops\.git/);
    assert.equal((await fetch(`${github.url}/vaarak/gitops`)).status, 404);
    assert.equal((await fetch(`${github.url}/api/v3/repos/vaarak/..%2F..%2Fdata/contents/x`)).status, 404);
  });

  it("archives a repository, which can then be read but not changed", async () => {
    const ada = github.octokit("ada");
    await ada.rest.repos.update({ ...gitops, archived: true });
    const call = ada.rest.repos.createOrUpdateFileContents({
      ...gitops,
      path: "late.txt",
      message: "late",
      content: "",
    });
    assert.deepEqual(await refusal(call).then(({ status, message }) => [status, message]), [
      403,
      "Repository was archived so is read-only.",
    ]);
    await ada.rest.repos.update({ ...gitops, archived: false });
  });

  it("renames and deletes a repository", async () => {
    const ada = github.octokit("ada");
    await ada.rest.repos.update({ owner: "vaarak", repo: "one", name: "uno" });
    assert.equal((await ada.rest.repos.get({ owner: "vaarak", repo: "uno" })).data.name, "uno");
    assert.equal((await ada.rest.repos.delete({ owner: "vaarak", repo: "uno" })).status, 204);
    assert.equal((await refusal(ada.rest.repos.get({ owner: "vaarak", repo: "uno" }))).status, 404);
  });
});
