import assert from "node:assert/strict";
import { MergeForbidden, settingHindrances } from "../../github/hindrances";
import { bump } from "../../versions/bump";
import { promote } from "../../versions/promote";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";

describe("a GitHub setting or rule that blocks gitops", function () {
  this.timeout(120_000);
  const gitops = new GitopsRepository();
  before(async () => {
    await gitops.make({
      files: {
        "environments/dev/api.yaml": values("sha-2222222"),
        "environments/staging/api.yaml": values("sha-1111111"),
        "environments/prod/api.yaml": values("sha-1111111"),
      },
    });
  });
  after(() => gitops.remove());

  /** Promotes, and returns the error. Without a blocking setting or rule, the promotion would wait for its check. */
  const refused = () => {
    const order = { service: "api", from: "dev", to: "staging", force: "No cluster reports here" };
    return gitops
      .change((session, waiting) => promote(session, order, waiting))
      .then(
        () => assert.fail("It was merged."),
        (error: unknown) => error,
      );
  };

  it("ends a command at once if merge commits are off, and names the setting", async () => {
    const { repos } = gitops.octokit("owner").rest;
    await repos.update({ ...repository, allow_merge_commit: false });
    const error = await refused();
    await repos.update({ ...repository, allow_merge_commit: true });
    assert.ok(error instanceof MergeForbidden, String(error));
    assert.match(
      error.message,
      /\nallow_merge_commit of vaarak\/gitops: got false; expected true: .*Allow merge commits/,
    );
  });

  const rules = [
    {
      type: "merge_queue" as const,
      says: /rule merge_queue on main, repository vaarak\/gitops, .*: got a merge queue/,
    },
    { type: "required_linear_history" as const, says: /rule required_linear_history on main.*: got no merge commits/ },
  ];
  for (const { type, says } of rules) {
    it(`ends a command at once, and names the rule ${type}`, async () => {
      const { repos } = gitops.octokit("owner").rest;
      const { data } = await repos.createRepoRuleset({
        ...repository,
        name: "of the organisation",
        target: "branch",
        enforcement: "active",
        conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
        rules: [{ type }],
      });
      const error = await refused();
      await repos.deleteRepoRuleset({ ...repository, ruleset_id: data.id });
      assert.ok(error instanceof MergeForbidden, String(error));
      assert.match(error.message, says);
    });
  }

  it("ends a person's command at once if it requires signed commits and theirs is unsigned", async () => {
    const { repos } = gitops.octokit("owner").rest;
    const { data } = await repos.createRepoRuleset({
      ...repository,
      name: "signed",
      target: "branch",
      enforcement: "active",
      conditions: { ref_name: { include: ["~DEFAULT_BRANCH"], exclude: [] } },
      rules: [{ type: "required_signatures" }],
    });
    gitops.judge((branch) => (branch === "bump/dev-api" ? "success" : undefined));
    const order = { service: "api", environment: "dev", version: { tag: "sha-3333333" } };
    await assert.rejects(
      gitops.change((session, waiting) => bump(session, order, waiting), { login: "pat" }),
      /\/pull\/\d+: got a commit without a verified signature; expected signed commits only\. Delete bump\/dev-api/,
    );
    await repos.deleteRepoRuleset({ ...repository, ruleset_id: data.id });
  });

  it("is not a draft, which waits for somebody to mark it as ready", async () => {
    const [pull] = await gitops.pulls();
    assert.ok(pull);
    const { pulls } = gitops.octokit("bump").rest;
    await pulls.update({ ...repository, pull_number: pull.number, state: "closed" });
    await pulls.create({ ...repository, title: "Draft", head: pull.head.ref, base: "main", draft: true });
    const order = { service: "api", from: "dev", to: "staging", force: "No cluster reports here" };
    const outcome = await gitops.change((session, waiting) => promote(session, order, waiting));
    assert.deepEqual([outcome.state, outcome.waitsFor], ["waits", "somebody to mark it as ready"]);
  });

  it("is reported together with all other blocking settings", () => {
    const good = {
      full_name: "o/r",
      archived: false,
      disabled: false,
      default_branch: "main",
      allow_merge_commit: true,
      allow_auto_merge: false,
    };
    assert.deepEqual(settingHindrances(good), []);
    const off = { archived: true, disabled: true, allow_merge_commit: false };
    const bad = { ...good, ...off, default_branch: "master", allow_auto_merge: true };
    assert.deepEqual(
      settingHindrances(bad).map(({ key, got, expected, isFinal }) => [key, got, expected.split(":")[0], isFinal]),
      [
        ["archived of o/r", "true", "false", true],
        ["disabled of o/r", "true", "false", true],
        ["default_branch of o/r", "master", "main", true],
        ["allow_merge_commit of o/r", "false", "true", true],
        // gitops can still merge.
        ["allow_auto_merge of o/r", "true", "false", false],
      ],
    );
  });
});
