import assert from "node:assert/strict";
import { commit, gitops, PLATFORM_APP, Protected } from "./protected";
import { gitRefusal, refusal } from "./support";

const VIOLATIONS = "Repository rule violations found\n\n";
const NEEDS_APPROVAL = "At least 1 approving review is required by reviewers with write access.\n\n";
const NEEDS_OWNER = "Waiting on code owner review from vaarak/approvers.\n\n";
const NEEDS_OTHER = "New changes require approval from someone other than the last pusher.\n\n";
const NEEDS_CHECK = 'Required status check "validate" is expected.\n\n';

/**
 * The required behaviour of a protected GitOps repository, each line tested with an unmodified Octokit or git. This
 * does not prove that github.com responds with the same messages; they come from public reports.
 */
describe("GitHub stand-in: a protected GitOps repository", function () {
  this.timeout(30_000);
  const github = new Protected();
  let prod = "";
  const tip = async () => (await github.octokit("owner").rest.git.getRef({ ...gitops, ref: "heads/env/prod" })).data;
  before(async () => {
    await github.start();
    await github.set();
    prod = (await tip()).object.sha;
  });
  after(() => github.remove());

  const stays = async () => {
    assert.equal((await tip()).object.sha, prod, "env/prod moved");
  };
  const refused = async (call: Promise<unknown>, status: number, message: string) => {
    const got = await refusal(call);
    assert.deepEqual([got.status, got.message], [status, message]);
    await stays();
  };

  describe("rejects", () => {
    it("a direct push to env/prod, also by an owner of the organisation", async () => {
      for (const login of ["dev", "owner", "platform-app"]) {
        const clone = await github.clone(login, "--branch=env/prod");
        await commit(clone, "Straight to production", { "x.txt": login });
        const text = await gitRefusal(clone.git("push", "origin", "env/prod"));
        assert.match(text, /remote: error: GH013: Repository rule violations found for refs\/heads\/env\/prod\./);
        assert.match(text, /remote: Review all repository rules at http.*\/rules\?ref=refs%2Fheads%2Fenv%2Fprod/);
        assert.match(text, /remote: - Changes must be made through a pull request\./);
        assert.match(text, /remote: - Required status check "validate" is expected\./);
        assert.match(text, /\[remote rejected\] env\/prod -> env\/prod/);
      }
      await stays();
    });

    it("a push of several refs as a whole", async () => {
      const clone = await github.clone("dev", "--branch=env/prod");
      await commit(clone, "Both", { "x.txt": "x" });
      await gitRefusal(clone.git("push", "origin", "env/prod", "HEAD:refs/heads/side"));
      assert.equal(await clone.git("ls-remote", "origin", "refs/heads/side"), "");
      await stays();
    });

    it("a force push", async () => {
      const clone = await github.clone("owner", "--branch=env/prod");
      const text = await gitRefusal(clone.git("push", "--force", "origin", "HEAD~1:env/prod"));
      assert.match(text, /remote: - Cannot force-push to this branch/);
      const update = { ...gitops, ref: "heads/env/prod", sha: await clone.git("rev-parse", "HEAD~1"), force: true };
      const { status, message } = await refusal(github.octokit("owner").rest.git.updateRef(update));
      assert.equal(status, 422);
      assert.match(message, /Cannot force-push to this branch\n\nChanges must be made through a pull request\.\n\n/);
      await stays();
    });

    it("a deletion", async () => {
      const clone = await github.clone("owner");
      assert.match(
        await gitRefusal(clone.git("push", "origin", ":env/prod")),
        /GH013: [^]*remote: - Cannot delete this branch/,
      );
      const call = github.octokit("owner").rest.git.deleteRef({ ...gitops, ref: "heads/env/prod" });
      await refused(call, 422, `${VIOLATIONS}Cannot delete this branch\n\n`);
    });

    it("a contents write", async () => {
      const message = `${VIOLATIONS}Changes must be made through a pull request.\n\n${NEEDS_CHECK}`;
      for (const login of ["dev", "owner", "ci-app"]) await refused(github.write(login, "env/prod"), 409, message);
      const main = await refusal(github.write("dev", "main"));
      assert.equal(main.message, `${VIOLATIONS}Changes must be made through a pull request.\n\n`);
    });

    it("a merge without an approval", async () => {
      const number = await github.release("dev", "without-approval");
      await github.validate(number);
      assert.equal((await github.pull(number)).mergeable_state, "blocked");
      const message = `${VIOLATIONS}${NEEDS_APPROVAL}${NEEDS_OWNER}${NEEDS_OTHER}`;
      for (const login of ["dev", "ann", "owner"]) await refused(github.merge(login, number), 405, message);
    });

    it("an approval by the author", async () => {
      const number = await github.release("ann", "own-approval");
      await github.validate(number);
      const { status, body } = await refusal(github.approve("ann", number));
      assert.deepEqual(
        [status, body.message, body.errors],
        [422, "Unprocessable Entity", ["Can not approve your own pull request"]],
      );
      await refused(github.merge("ann", number), 405, `${VIOLATIONS}${NEEDS_APPROVAL}${NEEDS_OWNER}${NEEDS_OTHER}`);
    });

    it("an approval by the last pusher, if another account opened the pull request", async () => {
      await github.push("ann", "env/prod", "pushed-by-ann", { "environments/prod/api.yaml": "tag: x\n" });
      const number = await github.request("platform-app", "pushed-by-ann", "env/prod");
      await github.validate(number);
      await github.approve("ann", number);
      await refused(github.merge("ann", number), 405, `${VIOLATIONS}${NEEDS_OTHER}`);
    });

    for (const way of ["push", "contents write"]) {
      it(`an approval, then a new commit by ${way}, then the merge`, async () => {
        const branch = `changed-by-${way.slice(0, 4)}`;
        const number = await github.release("dev", branch);
        await github.approve("ann", number);
        if (way === "push") await github.push("dev", branch, branch, { "environments/prod/api.yaml": "tag: evil\n" });
        else await github.write("dev", branch, "environments/prod/evil.yaml");
        await github.validate(number);
        const reviews = await github.octokit("dev").rest.pulls.listReviews({ ...gitops, pull_number: number });
        assert.deepEqual(
          reviews.data.map(({ state, user }) => [state, user?.login]),
          [["DISMISSED", "ann"]],
        );
        await refused(github.merge("dev", number), 405, `${VIOLATIONS}${NEEDS_APPROVAL}${NEEDS_OWNER}${NEEDS_OTHER}`);
      });
    }

    it("a merge of another head than the reviewed one", async () => {
      const number = await github.release("dev", "guarded");
      const call = github.octokit("dev").rest.pulls.merge({ ...gitops, pull_number: number, sha: prod });
      await refused(call, 409, "Head branch was modified. Review and try the merge again.");
    });

    it("an approval by an account that does not own the path", async () => {
      const number = await github.release("dev", "other-approver");
      await github.validate(number);
      await github.approve("dora", number);
      await refused(github.merge("dev", number), 405, `${VIOLATIONS}${NEEDS_OWNER}`);
    });

    it("an approval by an account with read access only", async () => {
      const number = await github.release("dev", "reader-approver");
      await github.validate(number);
      await github.approve("rita", number);
      await refused(github.merge("dev", number), 405, `${VIOLATIONS}${NEEDS_APPROVAL}${NEEDS_OWNER}${NEEDS_OTHER}`);
    });

    it("a change of CODEOWNERS or of a workflow without its owner, on env/prod and on main", async () => {
      const owners = { ".github/CODEOWNERS": "* @dev\n" };
      const number = await github.release("dev", "owners", owners);
      await github.validate(number);
      await github.approve("ann", number);
      await refused(
        github.merge("dev", number),
        405,
        `${VIOLATIONS}Waiting on code owner review from vaarak/platform.\n\n`,
      );
      for (const [branch, files] of [
        ["owners-of-main", owners],
        ["workflow-of-main", { ".github/workflows/validate.yaml": "name: nothing\n" }],
      ] as const) {
        await github.push("dev", "main", branch, files);
        const pull = await github.request("dev", branch, "main");
        await github.approve("ann", pull);
        const message = `${VIOLATIONS}Waiting on code owner review from vaarak/platform.\n\n`;
        await refused(github.merge("dev", pull), 405, message);
      }
    });

    it("a check that was forged with CI's token, GitHub Actions or a person's token", async () => {
      const number = await github.release("dev", "forged");
      await github.approve("ann", number);
      const { head } = await github.pull(number);
      await github.validate(number, "ci-app");
      await github.validate(number, "actions");
      const status = { ...gitops, sha: head.sha, context: "validate", state: "success" as const };
      for (const login of ["dev", "ci-app", "owner"]) {
        await github.octokit(login).rest.repos.createCommitStatus(status);
      }
      const person = await refusal(github.validate(number, "dev"));
      assert.deepEqual([person.status, person.message], [403, "You must authenticate via a GitHub App."]);
      await refused(github.merge("dev", number), 405, `${VIOLATIONS}${NEEDS_CHECK}`);

      const { data } = await github.validate(number, "platform-app", "failure");
      assert.equal(data.app?.id, PLATFORM_APP);
      const change = { ...gitops, check_run_id: data.id, conclusion: "success" as const };
      const other = await refusal(github.octokit("ci-app").rest.checks.update(change));
      assert.equal(other.status, 403);
      assert.match(other.message, /check run can only be modified by the GitHub App that created it/);
      await refused(github.merge("dev", number), 405, `${VIOLATIONS}Required status check "validate" is failing.\n\n`);
    });

    it("CI's token merging to production, approving its own request, or writing there", async () => {
      const number = await github.release("ci-app", "by-ci");
      await github.validate(number);
      assert.equal((await refusal(github.approve("ci-app", number))).status, 422);
      const message = `${VIOLATIONS}${NEEDS_APPROVAL}${NEEDS_OWNER}${NEEDS_OTHER}`;
      await refused(github.merge("ci-app", number), 405, message);
      const other = await github.release("dev", "by-dev");
      await github.validate(other);
      await github.approve("ci-app", other);
      await refused(github.merge("ci-app", other), 405, `${VIOLATIONS}${NEEDS_OWNER}`);
      await refused(github.merge("ci-app-reading", other), 403, "Resource not accessible by integration");
    });

    it("an App or a limited token changing workflows, by push, contents write or merge", async () => {
      for (const [login, who] of [
        ["ci-app", "a GitHub App"],
        ["dev-limited", "a Personal Access Token"],
      ] as const) {
        const clone = await github.clone(login);
        await commit(clone, "Workflow", { ".github/workflows/evil.yaml": `name: ${login}\n` });
        const message =
          `refusing to allow ${who} to create or update workflow \`.github/workflows/evil.yaml\` without ` +
          "`workflows` permission";
        const text = await gitRefusal(clone.git("push", "origin", `HEAD:refs/heads/workflow-${login}`));
        assert.equal(text.includes(message), true, text);
        const path = ".github/workflows/evil.yaml";
        await github.octokit("dev").rest.git.createRef({ ...gitops, ref: `refs/heads/w-${login}`, sha: prod });
        await refused(github.write(login, `w-${login}`, path), 403, message);
      }
      await github.push("dev", "main", "workflow", { ".github/workflows/evil.yaml": "name: dev\n" });
      const number = await github.request("dev", "workflow", "main");
      await github.approve("pat", number);
      const call = refusal(github.merge("ci-app", number));
      assert.match((await call).message, /refusing to allow a GitHub App to create or update workflow/);
    });

    it("an unresolved conversation, and a change without a review of the last push", async () => {
      const number = await github.release("dev", "discussed");
      await github.validate(number);
      await github.approve("ann", number);
      const comment = await github.octokit("rita").rest.pulls.createReviewComment({
        ...gitops,
        pull_number: number,
        body: "Really?",
        path: "environments/prod/api.yaml",
        line: 1,
        commit_id: (await github.pull(number)).head.sha,
      });
      const message = "A conversation must be resolved before this pull request can be merged.\n\n";
      await refused(github.merge("ann", number), 405, `${VIOLATIONS}${message}`);
      await github.octokit("rita").rest.pulls.deleteReviewComment({ ...gitops, comment_id: comment.data.id });
      assert.equal((await github.pull(number)).mergeable_state, "clean");
    });

    it("an approval for dev that a new base turns into one for production", async () => {
      await github.push("dev", "main", "turned", { "environments/prod/api.yaml": "tag: turned\n" });
      const number = await github.request("dev", "turned", "main");
      await github.approve("ann", number);
      await github.octokit("dev").rest.pulls.update({ ...gitops, pull_number: number, base: "env/prod" });
      await github.validate(number);
      const { message } = await refusal(github.merge("dev", number));
      assert.equal(message.includes(NEEDS_APPROVAL), true, message);
      await stays();
    });

    it("all changes by a reader, a cluster's credential and an account without access", async () => {
      const number = await github.release("dev", "untouched");
      for (const [login, status] of [
        ["rita", 403],
        ["dev-cluster", 403],
        ["ci-app-reading", 403],
      ] as const) {
        const octokit = github.octokit(login);
        assert.equal((await octokit.rest.repos.getContent({ ...gitops, path: "README.md" })).status, 200);
        const ref = { ...gitops, ref: "refs/heads/new", sha: prod };
        const calls = {
          contents: () => github.write(login, "by-reader"),
          ref: () => octokit.rest.git.createRef(ref),
          merge: () => github.merge(login, number),
          status: () => octokit.rest.repos.createCommitStatus({ ...gitops, sha: prod, state: "success" }),
          check: () => octokit.rest.checks.create({ ...gitops, name: "validate", head_sha: prod }),
          branch: () => octokit.rest.pulls.updateBranch({ ...gitops, pull_number: number }),
          settings: () => octokit.rest.repos.update({ ...gitops, archived: true }),
        };
        for (const [what, call] of Object.entries(calls)) {
          assert.equal((await refusal(call())).status, status, `${login}: ${what}`);
        }
        const hidden = [
          octokit.rest.repos.createRepoRuleset({ ...gitops, name: "x", enforcement: "active" }),
          octokit.rest.repos.createDeployKey({ ...gitops, key: "ssh-ed25519 AAAA" }),
          octokit.rest.repos.createWebhook({ ...gitops, config: { url: "http://127.0.0.1:9/" } }),
        ];
        for (const call of hidden) assert.match(String((await refusal(call)).status), /^40[34]$/, login);
        const clone = await github.clone(login);
        await commit(clone, "No", { "no.txt": "no" });
        assert.match(await gitRefusal(clone.git("push", "origin", "HEAD:refs/heads/no")), /denied to/);
      }
      await stays();
    });
  });

  describe("accepts", () => {
    it("a bump of dev with CI's token: no person, no approval", async () => {
      const clone = await github.push("ci-app", "main", "bump", { "environments/dev/api.yaml": "tag: sha-2222222\n" });
      const number = await github.request("ci-app", "bump", "main");
      const pull = await github.pull(number);
      assert.deepEqual([pull.mergeable_state, pull.requested_teams], ["clean", []]);
      const { data } = await github.merge("ci-app", number, "squash");
      assert.equal(data.merged, true);
      await clone.git("fetch", "--quiet");
      assert.equal(await clone.git("show", "origin/main:environments/dev/api.yaml"), "tag: sha-2222222");
    });

    it("a release: opened by one person, approved by an owner, checked, merged by the App", async () => {
      const number = await github.release("platform-app", "release");
      const opened = await github.pull(number);
      assert.deepEqual(
        opened.requested_teams?.map(({ slug }) => slug),
        ["approvers"],
      );
      await github.approve("ann", number);
      assert.equal((await github.pull(number)).mergeable_state, "blocked");
      await github.validate(number);
      const ready = await github.pull(number);
      assert.deepEqual([ready.mergeable, ready.mergeable_state], [true, "clean"]);
      const { data } = await github.merge("platform-app", number);
      assert.deepEqual([data.merged, data.message], [true, "Pull Request successfully merged"]);
      prod = data.sha;
      await stays();
      const merged = await github.pull(number);
      assert.deepEqual([merged.merged, merged.merged_by?.login], [true, "platform-app[bot]"]);
    });

    it("a rollback, the same way", async () => {
      const clone = await github.clone("dev", "--branch=env/prod");
      await clone.git("checkout", "--quiet", "-b", "rollback");
      await clone.git("revert", "--no-edit", "-m", "1", "HEAD");
      await clone.git("push", "--quiet", "origin", "rollback");
      const number = await github.request("dev", "rollback", "env/prod");
      await github.validate(number);
      await refusal(github.merge("dev", number));
      await github.approve("art", number);
      prod = (await github.merge("dev", number)).data.sha;
      await stays();
    });

    it("an approved head that is pushed instead of merged, as GitHub does", async () => {
      const number = await github.release("dev", "pushed");
      const clone = await github.clone("dev", "--branch=pushed");
      await gitRefusal(clone.git("push", "origin", "HEAD:env/prod"));
      await github.validate(number);
      await github.approve("ann", number);
      await clone.git("push", "--quiet", "origin", "HEAD:env/prod");
      prod = await clone.git("rev-parse", "HEAD");
      await stays();
      const pull = await github.pull(number);
      assert.deepEqual([pull.state, pull.merged, pull.merge_commit_sha], ["closed", true, prod]);
    });

    it("a merge of production into an approved release, which keeps diff and approval", async () => {
      const number = await github.release("dev", "kept", { "environments/prod/kept.yaml": "tag: kept\n" });
      await github.approve("ann", number);
      const other = await github.release("dora", "other", { "environments/prod/other.yaml": "tag: other\n" });
      await github.octokit("dora").rest.pulls.update({ ...gitops, pull_number: other, title: "Other" });
      await github.push("dora", "env/prod", "beside", { "environments/prod/beside.yaml": "tag: beside\n" });
      const beside = await github.request("dora", "beside", "env/prod");
      await github.validate(beside);
      await github.approve("art", beside);
      prod = (await github.merge("dora", beside)).data.sha;
      await github.octokit("dev").rest.pulls.updateBranch({ ...gitops, pull_number: number });
      const reviews = await github.octokit("dev").rest.pulls.listReviews({ ...gitops, pull_number: number });
      assert.equal(reviews.data[0]?.state, "APPROVED");
      await github.validate(number);
      prod = (await github.merge("dev", number)).data.sha;
      await stays();
    });
  });
});
