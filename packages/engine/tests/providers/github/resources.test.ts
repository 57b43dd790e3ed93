import assert from "node:assert/strict";
import sodium from "libsodium-wrappers";
import { AlreadyExistsError, type Inputs, type Provider } from "../../../model/provider";
import { githubProvider } from "../../../providers/github/provider";
import { FakeGitHub } from "@gitops-platform/test-support/fake-github";

const REPO = "/repos/vaarak/gitops";
const typeOf = (kind: string): string => `github:index/${kind.charAt(0).toLowerCase()}${kind.slice(1)}:${kind}`;
const up = { preview: false };
const live = {
  id: 7,
  node_id: "R_7",
  name: "gitops",
  full_name: "vaarak/gitops",
  html_url: "http://h/vaarak/gitops",
  clone_url: "http://h/vaarak/gitops.git",
  description: "what runs",
  visibility: "private",
  default_branch: "main",
  archived: false,
};

describe("GitHub provider", () => {
  let host: FakeGitHub;
  let provider: Provider;
  beforeEach(async () => {
    host = await new FakeGitHub().start();
    provider = await githubProvider({
      token: "t0ken",
      owner: "vaarak",
      baseUrl: host.url,
      retryDelayMs: 0,
    });
  });
  afterEach(async () => host.stop());
  const create = async (kind: string, inputs: Inputs) => provider.create(typeOf(kind), inputs, up);
  const stateOf = (kind: string, id: string, inputs: Inputs) => ({ type: typeOf(kind), id, inputs, outputs: {} });

  describe("with a Repository", () => {
    const inputs = { name: "gitops", visibility: "private", description: "what runs", autoInit: true, hasIssues: true };

    it("creates it in the organisation, then updates the settings that a create does not accept", async () => {
      host.on("GET /orgs/vaarak", 200).on("POST /orgs/vaarak/repos", 201, live).on(`PATCH ${REPO}`, 200, live);
      const { id, outputs } = await create("Repository", inputs);
      assert.equal(id, "gitops");
      assert.equal(outputs.fullName, "vaarak/gitops");
      assert.equal(outputs.httpCloneUrl, "http://h/vaarak/gitops.git");
      const posted = host.requests.find((each) => each.method === "POST")?.body as Inputs;
      assert.deepEqual(
        [posted.auto_init, posted.has_issues, posted.has_wiki, posted.visibility, posted.allow_squash_merge],
        [true, true, false, "private", true],
      );
      assert.deepEqual(host.writes, ["POST /orgs/vaarak/repos", `PATCH ${REPO}`]);
    });

    it("creates it for a user if the owner is not an organisation", async () => {
      host.on("POST /user/repos", 201, live).on(`PATCH ${REPO}`, 200, live);
      await create("Repository", inputs);
      assert.deepEqual(host.writes, ["POST /user/repos", `PATCH ${REPO}`]);
    });

    it("explains how to import a repository that already exists", async () => {
      host.on("POST /user/repos", 422, { message: "Repository creation failed: name already exists on this account" });
      await assert.rejects(create("Repository", inputs), (error: Error) => {
        assert.ok(error instanceof AlreadyExistsError);
        assert.match(error.message, /^vaarak\/gitops: got a repository that already exists; expected none\. Import it/);
        return true;
      });
    });

    it("imports it without a write", async () => {
      host.on(`GET ${REPO}`, 200, live);
      const read = await provider.read(typeOf("Repository"), "gitops", inputs);
      assert.deepEqual([read?.id, read?.outputs.repoId, read?.outputs.defaultBranch], ["gitops", 7, "main"]);
      assert.deepEqual(host.writes, []);
    });

    it("adopts it after an interrupted create only if description and visibility are the same", async () => {
      host.on(`GET ${REPO}`, 200, live);
      assert.equal((await provider.read(typeOf("Repository"), "", inputs))?.id, "gitops");
      assert.equal(await provider.read(typeOf("Repository"), "", { ...inputs, description: "other" }), undefined);
    });

    it("archives or deletes it on destroy", async () => {
      host.on(`PATCH ${REPO}`, 200, live).on(`DELETE ${REPO}`, 204);
      await provider.delete(
        typeOf("Repository"),
        stateOf("Repository", "gitops", { ...inputs, archiveOnDestroy: true }),
      );
      assert.deepEqual([host.writes, host.written], [[`PATCH ${REPO}`], { archived: true }]);
      await provider.delete(typeOf("Repository"), stateOf("Repository", "gitops", inputs));
      assert.equal(host.writes[1], `DELETE ${REPO}`);
    });
  });

  describe("with a TeamRepository", () => {
    const inputs = { repository: "gitops", teamId: "approvers", permission: "push" };
    const path = `/orgs/vaarak/teams/approvers/repos/vaarak/gitops`;

    it("grants a permission, changes it, and revokes it", async () => {
      host.on(`PUT ${path}`, 204).on(`DELETE ${path}`, 204);
      const made = await create("TeamRepository", inputs);
      assert.deepEqual([made.id, host.written], ["approvers:gitops", { permission: "push" }]);
      const state = stateOf("TeamRepository", made.id, inputs);
      const { permission, ...less } = inputs;
      const diff = await provider.diff(state.type, state, less);
      assert.deepEqual([permission, diff], ["push", { change: "update", paths: ["permission"] }]);
      await provider.update(state.type, state, less, up);
      assert.deepEqual(host.written, { permission: "pull" });
      assert.equal((await provider.diff(state.type, state, { ...inputs, teamId: "platform" })).change, "replace");
      await provider.delete(state.type, state);
      assert.deepEqual(host.writes, [`PUT ${path}`, `PUT ${path}`, `DELETE ${path}`]);
    });

    it("reads a permission, and finds it after an interrupted create", async () => {
      host.on(`GET ${REPO}/teams?per_page=100&page=1`, 200, [{ slug: "approvers", permission: "admin" }]);
      const type = typeOf("TeamRepository");
      assert.equal((await provider.read(type, "", inputs))?.outputs.permission, "admin");
      assert.equal(await provider.read(type, "platform:gitops", inputs), undefined);
    });

    it("rejects a team's numeric id", async () => {
      await assert.rejects(
        create("TeamRepository", { ...inputs, teamId: "17" }),
        /teamId: got 17; expected the team's slug, .*Set the slug/,
      );
    });
  });

  describe("with a RepositoryFile", () => {
    const inputs = { repository: "gitops", file: "environments/dev/api.yaml", content: "a: ä\n", branch: "main" };
    const path = `${REPO}/contents/environments/dev/api.yaml`;
    const answer = { content: { sha: "blob" }, commit: { sha: "commit" } };

    it("commits it", async () => {
      host.on(`PUT ${path}`, 201, answer);
      const { id, outputs } = await create("RepositoryFile", inputs);
      assert.equal(id, "gitops:environments/dev/api.yaml:main");
      assert.deepEqual([outputs.commitSha, outputs.sha], ["commit", "blob"]);
      assert.deepEqual(host.written, {
        message: "Add environments/dev/api.yaml",
        branch: "main",
        content: Buffer.from("a: ä\n").toString("base64"),
      });
    });

    it("overwrites an existing file only with overwriteOnCreate", async () => {
      host.on(`GET ${path}?ref=main`, 200, { sha: "old" }).on(`PUT ${path}`, 200, answer);
      await assert.rejects(create("RepositoryFile", inputs), AlreadyExistsError);
      await create("RepositoryFile", { ...inputs, overwriteOnCreate: true });
      assert.equal((host.written as Inputs).sha, "old");
    });

    it("reads it, from the default branch if none is given", async () => {
      host.on(`GET ${REPO}`, 200, live).on(`GET ${path}?ref=main`, 200, { sha: "s", content: "YQ==\n" });
      const read = await provider.read(typeOf("RepositoryFile"), "gitops:environments/dev/api.yaml:", inputs);
      assert.deepEqual([read?.id, read?.outputs.content], ["gitops:environments/dev/api.yaml:main", "a"]);
    });

    it("deletes it with a commit, and accepts a missing file and an archived repository", async () => {
      const state = stateOf("RepositoryFile", "gitops:environments/dev/api.yaml:main", inputs);
      await provider.delete(state.type, state);
      assert.deepEqual(host.writes, []);
      host.on(`GET ${path}?ref=main`, 200, { sha: "s" });
      host.on(`DELETE ${path}`, 403, { message: "Repository was archived so is read-only." });
      await provider.delete(state.type, state);
      assert.deepEqual(host.written, { message: "Delete environments/dev/api.yaml", branch: "main", sha: "s" });
    });
  });

  it("creates a Branch from its source, and adopts an existing one unchanged", async () => {
    host.on(`GET ${REPO}/git/ref/heads/main`, 200, { ref: "refs/heads/main", object: { sha: "m" } });
    host.on(`GET ${REPO}/git/ref/heads/env/prod`, 200, { ref: "refs/heads/env/prod", object: { sha: "p" } });
    host.on(`POST ${REPO}/git/refs`, 201).on(`POST ${REPO}/git/refs`, 422, { message: "Reference already exists" });
    const { id, outputs } = await create("Branch", { repository: "gitops", branch: "env/prod" });
    assert.deepEqual([id, outputs.sha, outputs.sourceSha], ["gitops:env/prod", "p", "m"]);
    assert.deepEqual(host.written, { ref: "refs/heads/env/prod", sha: "m" });
    assert.equal((await create("Branch", { repository: "gitops", branch: "env/prod" })).id, "gitops:env/prod");
  });

  it("sets the default branch, and does not change it on delete", async () => {
    host.on(`PATCH ${REPO}`, 200, live);
    const { id } = await create("BranchDefault", { repository: "gitops", branch: "trunk" });
    assert.deepEqual([id, host.written], ["gitops", { default_branch: "trunk" }]);
    await provider.delete(typeOf("BranchDefault"), stateOf("BranchDefault", id, {}));
    assert.equal(host.writes.length, 1);
  });

  it("creates, finds and updates a RepositoryWebhook", async () => {
    const hook = {
      id: 5,
      url: "http://h/hooks/5",
      active: true,
      events: ["push"],
      config: { url: "http://argocd/api/webhook" },
    };
    host.on(`POST ${REPO}/hooks`, 201, hook).on(`PATCH ${REPO}/hooks/5`, 200, hook);
    host.on(`GET ${REPO}/hooks?per_page=100&page=1`, 200, [hook]).on(`GET ${REPO}/hooks/5`, 200, hook);
    const configuration = { url: hook.config.url, contentType: "json", secret: "s3cret", insecureSsl: false };
    const inputs = { repository: "gitops", events: ["push"], configuration };
    assert.equal((await create("RepositoryWebhook", inputs)).id, "5");
    assert.deepEqual(host.written, {
      name: "web",
      active: true,
      events: ["push"],
      config: { url: hook.config.url, content_type: "json", insecure_ssl: "0", secret: "s3cret" },
    });
    assert.equal((await provider.read(typeOf("RepositoryWebhook"), "", inputs))?.id, "5");
    assert.equal((await provider.read(typeOf("RepositoryWebhook"), "gitops/5", inputs))?.id, "5");
    await provider.update(
      typeOf("RepositoryWebhook"),
      stateOf("RepositoryWebhook", "5", inputs),
      { ...inputs, active: false },
      up,
    );
    assert.equal((host.written as Inputs).active, false);
  });

  it("creates a RepositoryDeployKey, and finds it regardless of its comment", async () => {
    const inputs = { repository: "gitops", title: "argocd", key: "ssh-ed25519 AAAA argocd@dev\n" };
    host.on(`POST ${REPO}/keys`, 201, { id: 9 });
    assert.equal((await create("RepositoryDeployKey", inputs)).id, "gitops:9");
    assert.deepEqual(host.written, { title: "argocd", key: inputs.key, read_only: true });
    const found = { id: 9, key: "ssh-ed25519 AAAA", title: "argocd", read_only: true };
    host.on(`GET ${REPO}/keys?per_page=100&page=1`, 200, [found]).on(`GET ${REPO}/keys/9`, 200, found);
    const read = await provider.read(typeOf("RepositoryDeployKey"), "", inputs);
    assert.deepEqual([read?.id, read?.outputs.key], ["gitops:9", inputs.key]);
  });

  it("creates a RepositoryEnvironment and an ActionsVariable", async () => {
    host.on(`PUT ${REPO}/environments/env%2Fprod`, 200).on(`POST ${REPO}/actions/variables`, 201);
    const environment = { repository: "gitops", environment: "env/prod", reviewers: [{ teams: [3], users: [4] }] };
    assert.equal((await create("RepositoryEnvironment", environment)).id, "gitops:env/prod");
    assert.deepEqual(host.written, {
      wait_timer: 0,
      can_admins_bypass: true,
      prevent_self_review: false,
      reviewers: [
        { type: "User", id: 4 },
        { type: "Team", id: 3 },
      ],
      deployment_branch_policy: null,
    });
    const variable = { repository: "gitops", variableName: "REGION", value: "eu" };
    assert.equal((await create("ActionsVariable", variable)).id, "gitops:REGION");
    assert.deepEqual(host.written, { name: "REGION", value: "eu" });
  });

  describe("with an ActionsEnvironmentSecret", () => {
    const kind = "ActionsEnvironmentSecret";
    const path = `${REPO}/environments/a%3Ab/secrets`;
    const inputs = { repository: "gitops", environment: "a:b", secretName: "KEY", value: "clé" };
    const times = { createdAt: "2026-01-01T00:00:00Z", updatedAt: "2026-01-02T00:00:00Z" };
    const told = { name: "KEY", created_at: times.createdAt, updated_at: times.updatedAt };
    let pair: { publicKey: Uint8Array; privateKey: Uint8Array };
    before(async () => {
      await sodium.ready;
      pair = sodium.crypto_box_keypair();
    });
    beforeEach(() => {
      const key = Buffer.from(pair.publicKey).toString("base64");
      host.on(`GET ${path}/public-key`, 200, { key_id: "k1", key }).on(`GET ${path}/KEY`, 200, told);
      host.on(`PUT ${path}/KEY`, 201);
    });
    const opened = () => {
      const { encrypted_value, key_id } = host.written as { encrypted_value: string; key_id: string };
      const sealed = Buffer.from(encrypted_value, "base64");
      return [key_id, Buffer.from(sodium.crypto_box_seal_open(sealed, pair.publicKey, pair.privateKey)).toString()];
    };

    it("encrypts it with the environment's key, and never sends it in plain text", async () => {
      const { id, outputs } = await create(kind, inputs);
      assert.equal(id, "gitops:a??b:KEY");
      assert.deepEqual(outputs, { ...inputs, keyId: "k1", ...times, remoteUpdatedAt: times.updatedAt });
      assert.deepEqual(opened(), ["k1", "clé"]);
      assert.doesNotMatch(JSON.stringify(host.requests), /clé/);
    });

    it("updates it if its value changes, and replaces it if its environment changes", async () => {
      const state = stateOf(kind, "gitops:a??b:KEY", inputs);
      const changed = { ...inputs, value: "new" };
      assert.deepEqual(await provider.diff(state.type, state, inputs), { change: "none", paths: [] });
      assert.deepEqual(await provider.diff(state.type, state, changed), { change: "update", paths: ["value"] });
      assert.equal((await provider.diff(state.type, state, { ...inputs, environment: "c" })).change, "replace");
      await provider.update(state.type, state, changed, up);
      assert.deepEqual([host.writes, opened()], [[`PUT ${path}/KEY`], ["k1", "new"]]);
    });

    it("finds it by name after an interrupted create, and deletes it by name", async () => {
      host.on(`DELETE ${path}/KEY`, 204);
      const read = await provider.read(typeOf(kind), "", inputs);
      assert.deepEqual([read?.id, read?.outputs.updatedAt], ["gitops:a??b:KEY", times.updatedAt]);
      await provider.delete(typeOf(kind), stateOf(kind, "gitops:a??b:KEY", inputs));
      assert.deepEqual(host.writes, [`DELETE ${path}/KEY`]);
      assert.equal(await provider.read(typeOf(kind), "gitops:a??b:OTHER", inputs), undefined);
    });

    it("rejects a value that is already encrypted", async () => {
      await assert.rejects(
        create(kind, { ...inputs, valueEncrypted: "AAAA" }),
        /valueEncrypted: the local engine does not support/,
      );
    });
  });

  describe("with a RepositoryEnvironmentDeploymentPolicy", () => {
    const kind = "RepositoryEnvironmentDeploymentPolicy";
    const path = `${REPO}/environments/a%3Ab/deployment-branch-policies`;
    const inputs = { repository: "gitops", environment: "a:b", branchPattern: "main" };
    const policy = { id: 12, name: "main" };

    it("allows a branch to use the environment", async () => {
      host.on(`POST ${path}`, 200, policy);
      const { id, outputs } = await create(kind, inputs);
      assert.deepEqual([id, outputs.policyId], ["gitops:a??b:12", 12]);
      assert.deepEqual(host.written, { name: "main", type: "branch" });
    });

    it("updates it in place, and replaces it only if its environment changes", async () => {
      host.on(`PUT ${path}/12`, 200, { ...policy, name: "trunk" });
      const state = stateOf(kind, "gitops:a??b:12", inputs);
      const changed = { ...inputs, branchPattern: "trunk" };
      assert.equal((await provider.diff(state.type, state, changed)).change, "update");
      assert.equal((await provider.diff(state.type, state, { ...inputs, environment: "c" })).change, "replace");
      await provider.update(state.type, state, changed, up);
      assert.deepEqual([host.writes, host.written], [[`PUT ${path}/12`], { name: "trunk" }]);
    });

    it("finds it by its pattern after an interrupted create", async () => {
      host.on(`GET ${path}?per_page=100`, 200, { total_count: 2, branch_policies: [{ id: 9, name: "x" }, policy] });
      host.on(`GET ${path}/12`, 200, policy);
      const read = await provider.read(typeOf(kind), "", inputs);
      assert.deepEqual(read, { id: "gitops:a??b:12", outputs: { ...inputs, policyId: 12 } });
      assert.equal(await provider.read(typeOf(kind), "", { ...inputs, branchPattern: "other" }), undefined);
    });

    it("deletes it by its number, and rejects tag patterns", async () => {
      host.on(`DELETE ${path}/12`, 204);
      await provider.delete(typeOf(kind), stateOf(kind, "gitops:a??b:12", inputs));
      assert.deepEqual(host.writes, [`DELETE ${path}/12`]);
      await assert.rejects(
        create(kind, { ...inputs, tagPattern: "v*" }),
        /tagPattern: the local engine does not support/,
      );
    });
  });

  it("creates a RepositoryRuleset with complete parameters", async () => {
    host.on(`POST ${REPO}/rulesets`, 201, { id: 11, node_id: "RRS", name: "prod" });
    const { id, outputs } = await create("RepositoryRuleset", {
      repository: "gitops",
      name: "prod",
      target: "branch",
      enforcement: "active",
      conditions: { refName: { includes: ["refs/heads/env/prod"], excludes: [] } },
      rules: {
        deletion: true,
        nonFastForward: true,
        creation: false,
        pullRequest: { requiredApprovingReviewCount: 1, requireCodeOwnerReview: true },
        requiredStatusChecks: { requiredChecks: [{ context: "validate", integrationId: 15 }] },
      },
    });
    assert.deepEqual([id, outputs.rulesetId], ["11", 11]);
    assert.deepEqual(host.written, {
      name: "prod",
      target: "branch",
      enforcement: "active",
      bypass_actors: [],
      conditions: { ref_name: { include: ["refs/heads/env/prod"], exclude: [] } },
      rules: [
        { type: "deletion" },
        { type: "non_fast_forward" },
        {
          type: "pull_request",
          parameters: {
            allowed_merge_methods: ["merge", "squash", "rebase"],
            dismiss_stale_reviews_on_push: false,
            require_code_owner_review: true,
            require_last_push_approval: false,
            required_approving_review_count: 1,
            required_review_thread_resolution: false,
          },
        },
        {
          type: "required_status_checks",
          parameters: {
            do_not_enforce_on_create: false,
            required_status_checks: [{ context: "validate", integration_id: 15 }],
            strict_required_status_checks_policy: false,
          },
        },
      ],
    });
  });
});
