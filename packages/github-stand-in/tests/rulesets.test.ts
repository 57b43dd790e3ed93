import assert from "node:assert/strict";
import type { Octokit } from "@octokit/rest";
import { commit, gitops, PLATFORM_APP, PRODUCTION, Protected } from "./protected";
import { gitRefusal, refusal } from "./support";

type RulesetInput = NonNullable<Parameters<Octokit["rest"]["repos"]["createRepoRuleset"]>[0]>;

const MAIN_ONLY = { conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } } };

describe("GitHub stand-in: rulesets", function () {
  this.timeout(30_000);
  const github = new Protected();
  let owner: Octokit;
  beforeEach(async () => {
    await github.start();
    owner = github.octokit("owner");
    await owner.rest.repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
  });
  afterEach(async () => {
    await owner.rest.repos.delete(gitops);
    await github.stop();
  });
  after(() => github.remove());

  const rule = async (more: Partial<RulesetInput>) =>
    (
      await owner.rest.repos.createRepoRuleset({
        ...gitops,
        name: "rules",
        enforcement: "active",
        conditions: { ref_name: { include: ["~ALL"], exclude: [] } },
        ...more,
      })
    ).data;
  const create = (login: string, branch: string) =>
    github.octokit(login).rest.git.createRef({ ...gitops, ref: `refs/heads/${branch}`, sha: main });
  let main = "";
  beforeEach(async () => {
    main = (await owner.rest.git.getRef({ ...gitops, ref: "heads/main" })).data.object.sha;
  });

  it("lists the rulesets of the requested targets", async () => {
    await rule({ name: "branches" });
    await rule({ name: "tags", target: "tag" });
    const names = async (targets?: string) => {
      const { data } = await owner.rest.repos.getRepoRulesets({ ...gitops, ...(targets !== undefined && { targets }) });
      return data.map(({ name }) => name);
    };
    assert.deepEqual(
      [await names(), await names("tag"), await names("branch,tag"), await names("push")],
      [["branches", "tags"], ["tags"], ["branches", "tags"], []],
    );
  });

  it("returns a ruleset with GitHub's defaults, and shows who can bypass it", async () => {
    const bypass_actors = [
      { actor_id: 5, actor_type: "RepositoryRole" as const, bypass_mode: "pull_request" as const },
    ];
    const made = await rule({ ...PRODUCTION, bypass_actors });
    const { data } = await owner.rest.repos.getRepoRuleset({ ...gitops, ruleset_id: made.id });
    assert.deepEqual(data.bypass_actors, bypass_actors);
    assert.equal(data.current_user_can_bypass, "pull_requests_only");
    const asked = data.rules?.find((entry) => entry.type === "pull_request");
    assert(asked?.type === "pull_request");
    assert.deepEqual(asked.parameters?.allowed_merge_methods, ["merge", "squash", "rebase"]);
    assert.equal(asked.parameters.require_last_push_approval, true);
    const seen = await github.octokit("dev").rest.repos.getRepoRuleset({ ...gitops, ruleset_id: made.id });
    assert.deepEqual([seen.data.bypass_actors, seen.data.current_user_can_bypass], [undefined, "never"]);
    const changed = await owner.rest.repos.updateRepoRuleset({
      ...gitops,
      ruleset_id: made.id,
      enforcement: "evaluate",
    });
    assert.deepEqual([changed.data.enforcement, changed.data.rules], ["evaluate", data.rules]);
  });

  it("rejects by name a rule that it would not enforce, and invalid rules", async () => {
    const other = await refusal(
      rule({ rules: [{ type: "commit_message_pattern", parameters: { operator: "contains", pattern: "x" } }] }),
    );
    assert.deepEqual(
      [other.status, other.message],
      [422, "Invalid rule 'commit_message_pattern': this stand-in does not enforce it."],
    );
    const parameters = { required_approving_review_count: 11 } as never;
    assert.equal((await refusal(rule({ rules: [{ type: "pull_request", parameters }] }))).status, 422);
  });

  it("requires signatures, which only commits that it created have", async () => {
    await rule({ rules: [{ type: "required_signatures" }] });
    const clone = await github.clone("dev");
    await commit(clone, "Unsigned", { "a.txt": "a" });
    const text = await gitRefusal(clone.git("push", "--quiet", "origin", "HEAD:refs/heads/unsigned"));
    assert.match(text, /Commits must have verified signatures\./);
    await create("dev", "free");
    await github.write("dev", "free");
  });

  it("signs a commit of the Git database for an App, but not for a person or in another's name", async () => {
    await rule({ rules: [{ type: "required_signatures" }] });
    const tree = (await owner.rest.git.getCommit({ ...gitops, commit_sha: main })).data.tree.sha;
    const made = async (login: string, more: object = {}) => {
      const request = { ...gitops, message: "Change", tree, parents: [main], ...more };
      return (await github.octokit(login).rest.git.createCommit(request)).data;
    };
    const ann = { name: "ann", email: "ann@example.com" };
    const signed = await made("platform-app");
    assert.deepEqual([signed.verification.verified, signed.verification.reason], [true, "valid"]);
    assert.equal(signed.verification.verified_at, signed.committer.date);
    assert.equal(`${signed.committer.name} <${signed.committer.email}>`, "GitHub <noreply@github.com>");
    const others = [
      await made("dev"),
      await made("platform-app", { author: ann }),
      await made("platform-app", { committer: ann }),
    ];
    for (const { verification } of others) {
      assert.deepEqual([verification.verified, verification.reason], [false, "unsigned"]);
    }
    for (const [index, { sha }] of [signed, ...others].entries()) {
      const created = owner.rest.git.createRef({ ...gitops, ref: `refs/heads/made-${index}`, sha });
      if (index === 0) await created;
      else assert.match((await refusal(created)).message, /Commits must have verified signatures/);
    }
  });

  it("rejects updates with a merge queue, and without a required deployment", async () => {
    await github.push("dev", "main", "change", { "a.txt": "a" });
    const number = await github.request("dev", "change", "main");
    const merge = () => refusal(github.merge("dev", number));
    const queue = await rule({ name: "queue", rules: [{ type: "merge_queue" }], ...MAIN_ONLY });
    assert.match((await merge()).message, /merge queue/);
    await owner.rest.repos.deleteRepoRuleset({ ...gitops, ruleset_id: queue.id });
    const parameters = { required_deployment_environments: ["preview"] };
    await rule({ name: "deployed", rules: [{ type: "required_deployments", parameters }], ...MAIN_ONLY });
    assert.match((await merge()).message, /Missing successful active preview deployment/);
    const { rest } = owner;
    const { data } = await rest.repos.createDeployment({
      ...gitops,
      ref: "change",
      environment: "preview",
      auto_merge: false,
      required_contexts: [],
    });
    const { id } = data as { id: number };
    await rest.repos.createDeploymentStatus({ ...gitops, deployment_id: id, state: "success" });
    assert.equal((await github.merge("dev", number)).status, 200);
  });

  it("lists the active rules of a branch", async () => {
    const made = await rule(PRODUCTION);
    await rule({ name: "off", enforcement: "disabled", rules: [{ type: "creation" }] });
    const rules = (branch: string) => github.octokit("rita").rest.repos.getBranchRules({ ...gitops, branch });
    assert.deepEqual(
      (await rules("env/prod")).data.map((entry) => [entry.type, entry.ruleset_id]),
      ["deletion", "non_fast_forward", "pull_request", "required_status_checks"].map((type) => [type, made.id]),
    );
    assert.deepEqual((await rules("main")).data, []);
  });

  for (const enforcement of ["evaluate", "disabled"] as const) {
    it(`rejects nothing with a ruleset that is ${enforcement}`, async () => {
      await rule({ enforcement, rules: [{ type: "creation" }, { type: "pull_request" }] });
      await create("dev", "free");
      await github.write("dev", "main");
    });
  }

  it("restricts creations and updates to actors that can bypass them", async () => {
    const approvers = (await owner.rest.teams.getByName({ org: "vaarak", team_slug: "approvers" })).data.id;
    await rule({
      rules: [{ type: "creation" }, { type: "update" }],
      bypass_actors: [
        { actor_id: PLATFORM_APP, actor_type: "Integration", bypass_mode: "always" },
        { actor_id: approvers, actor_type: "Team", bypass_mode: "always" },
      ],
    });
    for (const login of ["dev", "owner", "ci-app"]) {
      const made = await refusal(create(login, "new"));
      assert.equal(made.message.includes("Cannot create ref due to creations being restricted."), true);
      const written = await refusal(github.write(login, "main"));
      assert.equal(written.message.includes("Cannot update this protected ref."), true);
    }
    await create("platform-app", "by-app");
    await create("ann", "by-approver");
    await github.write("ann", "main");
  });

  it("lets a bypass for pull requests merge, but not push", async () => {
    await rule({
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: PRODUCTION.rules,
      bypass_actors: [{ actor_id: null, actor_type: "OrganizationAdmin", bypass_mode: "pull_request" }],
    });
    assert.equal((await refusal(github.write("owner", "main"))).status, 409);
    await github.push("dev", "main", "topic", { "a.txt": "a" });
    const number = await github.request("dev", "topic", "main");
    assert.equal((await refusal(github.merge("dev", number))).status, 405);
    assert.equal((await github.merge("owner", number)).data.merged, true);
  });

  it("keeps a history linear: accepts squash and rebase, but no merge commit", async () => {
    await rule({
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [{ type: "required_linear_history" }],
    });
    const clone = await github.push("dev", "main", "side", { "side.txt": "side" });
    await clone.git("checkout", "--quiet", "-B", "main", "origin/main");
    await commit(clone, "Beside", { "main.txt": "main" });
    await clone.git("merge", "--quiet", "--no-edit", "side");
    const text = await gitRefusal(clone.git("push", "origin", "main"));
    assert.match(text, /remote: - This branch must not contain merge commits\./);
    const number = await github.request("dev", "side", "main");
    const { message } = await refusal(github.merge("dev", number));
    assert.equal(message, "Repository rule violations found\n\nThis branch must not contain merge commits.\n\n");
    await github.merge("dev", number, "squash");
    await github.push("dev", "main", "again", { "again.txt": "again" });
    await github.merge("dev", await github.request("dev", "again", "main"), "rebase");
  });

  it("allows only the merge methods of a rule", async () => {
    const parameters = { ...PRODUCTION.rules[2]?.parameters, allowed_merge_methods: ["squash" as const] };
    const none = {
      required_approving_review_count: 0,
      require_code_owner_review: false,
      require_last_push_approval: false,
      dismiss_stale_reviews_on_push: false,
      required_review_thread_resolution: false,
    };
    await rule({ rules: [{ type: "pull_request", parameters: { ...parameters, ...none } }] });
    await github.push("dev", "main", "topic", { "a.txt": "a" });
    const number = await github.request("dev", "topic", "main");
    const { status, message } = await refusal(github.merge("dev", number));
    assert.deepEqual(
      [status, message],
      [405, "Repository rule violations found\n\nMerge commits are not allowed on this branch.\n\n"],
    );
    await github.merge("dev", number, "squash");
  });

  it("requires an up-to-date branch with a strict policy, which update-branch provides", async () => {
    await rule({
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [
        {
          type: "required_status_checks",
          parameters: { required_status_checks: [{ context: "ci" }], strict_required_status_checks_policy: true },
        },
      ],
      bypass_actors: [{ actor_id: null, actor_type: "OrganizationAdmin", bypass_mode: "always" }],
    });
    await github.push("dev", "main", "topic", { "a.txt": "a" });
    const number = await github.request("dev", "topic", "main");
    const succeed = async () => {
      const { sha } = (await github.pull(number)).head;
      await github.octokit("dev").rest.repos.createCommitStatus({ ...gitops, sha, context: "ci", state: "success" });
    };
    await succeed();
    assert.equal((await github.pull(number)).mergeable_state, "clean");
    await github.write("owner", "main");
    assert.equal((await github.pull(number)).mergeable_state, "behind");
    const { message } = await refusal(github.merge("dev", number));
    assert.equal(
      message,
      "Repository rule violations found\n\nThe head branch is not up to date with the base branch.\n\n",
    );
    const update = { ...gitops, pull_number: number };
    const guard = await refusal(github.octokit("dev").rest.pulls.updateBranch({ ...update, expected_head_sha: main }));
    assert.equal(guard.status, 422);
    assert.equal((await github.octokit("dev").rest.pulls.updateBranch(update)).status, 202);
    assert.equal((await github.pull(number)).mergeable_state, "blocked");
    await succeed();
    assert.equal((await github.merge("dev", number)).data.merged, true);
  });

  it("requires a reviewer's approval only for their files", async () => {
    const platform = (await owner.rest.teams.getByName({ org: "vaarak", team_slug: "platform" })).data.id;
    const required_reviewers = [
      { file_patterns: ["charts/**"], minimum_approvals: 1, reviewer: { id: platform, type: "Team" as const } },
    ];
    const parameters = {
      required_approving_review_count: 0,
      require_code_owner_review: false,
      require_last_push_approval: false,
      dismiss_stale_reviews_on_push: false,
      required_review_thread_resolution: false,
      required_reviewers,
    };
    await rule({ rules: [{ type: "pull_request", parameters }] });
    await github.push("dev", "main", "other", { "a.txt": "a" });
    await github.merge("dev", await github.request("dev", "other", "main"));
    await github.push("dev", "main", "chart", { "charts/a.yaml": "a" });
    const number = await github.request("dev", "chart", "main");
    await github.approve("ann", number);
    const { message } = await refusal(github.merge("dev", number));
    assert.equal(message, "Repository rule violations found\n\nWaiting on review from vaarak/platform.\n\n");
    await github.approve("pia", number);
    await github.merge("dev", number);
  });

  it("keeps its rules and teams over a restart", async () => {
    await rule({ rules: [{ type: "deletion" }] });
    await create("dev", "stays");
    await owner.rest.repos.createInOrg({ org: "vaarak", name: "other", private: true });
    const other = { org: "vaarak", team_slug: "readers", owner: "vaarak", repo: "other" };
    await owner.rest.teams.addOrUpdateRepoPermissionsInOrg({ ...other, permission: "push" });
    await github.stop();
    await github.start();
    const call = github.octokit("dev").rest.git.deleteRef({ ...gitops, ref: "heads/stays" });
    assert.match((await refusal(call)).message, /Cannot delete this branch/);
    assert.equal((await github.octokit("dev").rest.teams.list({ org: "vaarak" })).data.length, 4);
    owner = github.octokit("owner");
    assert.equal((await owner.rest.teams.checkPermissionsForRepoInOrg(other)).status, 204);
  });
});
