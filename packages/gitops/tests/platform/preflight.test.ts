import assert from "node:assert/strict";
import { pastProblems, protectionProblems } from "../../platform/preflight";
import { forbidden } from "../../platform/account";
import type { GitHub } from "../../github/client";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";

const settings = { owner: "vaarak", name: "gitops", adopt: true };

describe("a repository that existed before the platform", function () {
  this.timeout(60_000);
  const github = new GitopsRepository();
  beforeEach(async () => {
    await github.makeEmpty();
  });
  afterEach(async () => {
    await github.octokit("owner").rest.repos.delete(repository);
    await github.stop();
  });
  after(() => github.remove());

  const session = (login = "owner") => ({ github: github.octokit(login) as GitHub, repository });
  const keys = async (adopt: boolean | undefined = true) =>
    (await pastProblems(session(), { ...settings, adopt })).map(({ key, got }) => `${key}: ${got}`);

  it("causes no problem if it has only what GitHub creates", async () => {
    assert.deepEqual(await keys(), []);
    assert.deepEqual(await forbidden(session()), { problems: [], notes: [] });
  });

  it("is not taken over without repository.adopt", async () => {
    const [problem, ...more] = await pastProblems(session(), { ...settings, adopt: undefined });
    assert.deepEqual(
      [problem?.key, problem?.expected, more.length],
      ["repository.adopt", "true: vaarak/gitops exists", 0],
    );
  });

  it("is filled if it is empty, but not if it has more than a README", async () => {
    const empty = { owner: "vaarak", name: "gitops", empty: true };
    assert.deepEqual(await pastProblems(session(), empty), []);
    const clone = await github.clone("owner");
    await commit(clone, "Add app.ts", { "app.ts": "x" });
    await clone.git("push", "--quiet", "origin", "main");
    const [problem, ...more] = await pastProblems(session(), empty);
    assert.deepEqual([problem?.key, problem?.got, more.length], ["repository.empty", "app.ts", 0]);
  });

  it("is reported with everything that pulumi up would change, fail on or take over", async () => {
    const { repos, actions } = github.octokit("owner").rest;
    const clone = await github.clone("owner");
    await commit(clone, "Owners", {
      CODEOWNERS: "* @vaarak/developers\n",
      "docs/CODEOWNERS": "* @vaarak/developers\n",
    });
    await clone.git("push", "--quiet", "origin", "main", "main:release", "main:env/prod", "main:bump/dev/x");
    const reviewers = [
      { type: "User" as const, id: (await github.octokit("ann").rest.users.getAuthenticated()).data.id },
    ];
    await repos.createOrUpdateEnvironment({ ...repository, environment_name: "prod", reviewers, wait_timer: 5 });
    await repos.createOrUpdateEnvironment({ ...repository, environment_name: "release" });
    await repos.createOrUpdateEnvironment({ ...repository, environment_name: "preview" });
    await repos.createRepoRuleset({ ...repository, name: "main", enforcement: "active" });
    await repos.createRepoRuleset({ ...repository, name: "ours", enforcement: "active" });
    await repos.createWebhook({ ...repository, config: { url: "https://argocd.example/api/webhook" } });
    await repos.createWebhook({ ...repository, config: { url: "https://chat.example/hook" } });
    await actions.createRepoVariable({ ...repository, name: "RELEASE_APP_ID", value: "1" });
    const found = await keys();
    assert.deepEqual(
      found.map((line) => line.replace(/webhook \d+/, "webhook")),
      [
        "ruleset main: one that is not the platform's",
        "CODEOWNERS: code owners",
        "docs/CODEOWNERS: code owners",
        "environment prod: wait_timer, required_reviewers",
        "environment release: one without rules",
        "branch bump/dev/x: a branch",
        "branch release: a branch",
        "branch env/prod: a branch",
        "webhook: argocd.example",
        "variable RELEASE_APP_ID: one that is there",
      ],
    );
  });

  it("is recognized as the platform's own by its rulesets", async () => {
    const { repos } = github.octokit("owner").rest;
    for (const name of ["env/*", "release/**/*", "main"]) {
      await repos.createRepoRuleset({ ...repository, name, enforcement: "disabled" });
    }
    await repos.createOrUpdateEnvironment({ ...repository, environment_name: "release" });
    assert.deepEqual(await keys(undefined), []);
  });

  it("is reported with its settings, its rules and those of Actions that block the platform", async () => {
    const { repos, git, actions } = github.octokit("owner").rest;
    const { sha } = (await git.getRef({ ...repository, ref: "heads/main" })).data.object;
    await git.createRef({ ...repository, ref: "refs/heads/master", sha });
    await repos.update({ ...repository, default_branch: "master", allow_merge_commit: false });
    await repos.createRepoRuleset({
      ...repository,
      name: "of all branches",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
      rules: [{ type: "required_signatures" }, { type: "non_fast_forward" }],
    });
    const asked = async () => (await forbidden(session())).problems.map(({ key, got }) => `${key}: ${got}`);
    const before = [
      "default_branch of vaarak/gitops: master",
      "allow_merge_commit of vaarak/gitops: false",
      "rule non_fast_forward on release/prod/api, repository vaarak/gitops, ruleset N: a restriction",
    ];
    const { notes } = await forbidden(session());
    assert.match(notes.join(), /^repository vaarak\/gitops, ruleset \d+: commits must be signed\.[^,]*,?[^,]*$/);
    const found = await asked();
    assert.deepEqual(
      found.map((line) => line.replace(/ruleset \d+/, "ruleset N")),
      before,
    );
    const named = async () => (await asked()).at(-1);
    const key = "Actions permissions of vaarak/gitops";
    await actions.setGithubActionsPermissionsRepository({
      ...repository,
      enabled: true,
      allowed_actions: "local_only",
    });
    assert.equal(await named(), `${key}: actions of this account only`);
    await actions.setGithubActionsPermissionsRepository({ ...repository, enabled: true, allowed_actions: "selected" });
    await actions.setAllowedActionsRepository({
      ...repository,
      patterns_allowed: ["actions/checkout@*", "actions/setup-*"],
    });
    assert.equal(await named(), `${key}: actions/create-github-app-token not allowed`);
    await actions.setAllowedActionsRepository({ ...repository, github_owned_allowed: true });
    assert.equal((await asked()).length, before.length);
    await actions.setGithubActionsPermissionsRepository({ ...repository, enabled: false });
    assert.equal(await named(), `${key}: disabled`);
  });

  it("is reported with rules against the tags of approval records, unless the release App bypasses them", async () => {
    const { repos } = github.octokit("owner").rest;
    const tags = (name: string, include: string[], more: object = {}) =>
      repos.createRepoRuleset({
        ...repository,
        name,
        target: "tag",
        enforcement: "active",
        conditions: { ref_name: { include, exclude: [] } },
        rules: [{ type: "creation" }, { type: "deletion" }],
        ...more,
      });
    const { data: all } = await tags("of all tags", ["~ALL"]);
    await tags("of versions", ["refs/tags/v*"]);
    await tags("not in force", ["~ALL"], { enforcement: "evaluate" });
    const bypass = [{ actor_id: 4712, actor_type: "Integration", bypass_mode: "always" }];
    await tags("of people", ["release/**/*"], { bypass_actors: bypass });
    await tags("own", ["~ALL"], {
      conditions: { ref_name: { include: ["~ALL"], exclude: ["refs/tags/release/*/*"] } },
    });
    const { problems, notes } = await forbidden(session(), 4712);
    assert.deepEqual(
      problems.map(({ key, got }) => `${key}: ${got}`),
      [`rule creation on tag release/prod/000000000000, repository vaarak/gitops, ruleset ${all.id}: no new tags`],
    );
    assert.deepEqual(notes, []);
    assert.equal((await forbidden(session())).problems.length, 2);
  });

  it("is reported if it allows auto-merge, which any writer could turn on for a release", async () => {
    await github.octokit("owner").rest.repos.update({ ...repository, allow_auto_merge: true });
    const { problems } = await forbidden(session());
    assert.deepEqual(
      problems.map(({ key, got }) => `${key}: ${got}`),
      ["allow_auto_merge of vaarak/gitops: true"],
    );
  });

  it("is reported with a note about what the token cannot read", async () => {
    const { notes } = await forbidden(session("dev"));
    assert.deepEqual(notes.length, 1);
    assert.match(notes[0] ?? "", /does not tell this token the Actions permissions of vaarak\/gitops/);
  });

  it("is reported with classic branch protection that the platform cannot satisfy", () => {
    const given = protectionProblems("main", {
      required_linear_history: { enabled: true },
      required_signatures: { enabled: true, url: "" },
      lock_branch: { enabled: false },
      required_pull_request_reviews: { required_approving_review_count: 1 } as never,
      required_status_checks: { contexts: ["lint"] } as never,
    });
    assert.deepEqual(
      given.map(({ key, got }) => [key, got]),
      [["protection of main", "linear history, signed commits, approvals, checks (lint)"]],
    );
    assert.deepEqual(protectionProblems("main", { allow_deletions: { enabled: false } }), []);
    assert.deepEqual(protectionProblems("main", undefined), []);
  });
});
