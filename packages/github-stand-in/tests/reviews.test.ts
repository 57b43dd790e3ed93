import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { gitops, Protected } from "./protected";
import { type Received, Receiver, refusal } from "./support";

describe("GitHub stand-in: reviews and checks", function () {
  this.timeout(30_000);
  const github = new Protected();
  const receiver = new Receiver();
  let number = 0;
  let at: typeof gitops & { pull_number: number };
  before(async () => {
    await Promise.all([github.start(), receiver.start()]);
    const owner = await github.set();
    const events = ["pull_request", "pull_request_review", "check_run", "status"];
    const config = { url: receiver.url, content_type: "json" };
    await owner.rest.repos.createWebhook({ ...gitops, config, events });
  });
  let count = 0;
  beforeEach(async () => {
    number = await github.release("dev", `release-${++count}`);
    at = { ...gitops, pull_number: number };
    const isOpened = ({ payload }: Received) => payload.action === "opened" && payload.number === number;
    await until(`the webhook of pull request ${number}`, () =>
      Promise.resolve(receiver.received.some(isOpened) ? { done: true } : { waitingFor: "it has not come" }),
    );
    receiver.received.length = 0;
  });
  after(async () => {
    await receiver.stop();
    await github.remove();
  });
  const states = async () => {
    const { data } = await github.octokit("dev").rest.pulls.listReviews(at);
    return data.map(({ state, user }) => `${user?.login ?? ""} ${state}`);
  };

  it("requests reviews from the owners of the changed files, and from others on request", async () => {
    const { pulls } = github.octokit("dev").rest;
    assert.deepEqual(
      (await github.pull(number)).requested_teams?.map(({ slug }) => slug),
      ["approvers"],
    );
    await pulls.requestReviewers({ ...at, reviewers: ["dora"] });
    assert.deepEqual(
      (await github.pull(number)).requested_reviewers?.map(({ login }) => login),
      ["dora"],
    );
    assert.equal((await receiver.nth("pull_request")).payload.action, "review_requested");
    await github.approve("dora", number);
    assert.deepEqual((await github.pull(number)).requested_reviewers, []);
    const own = await refusal(pulls.requestReviewers({ ...at, reviewers: ["dev"] }));
    assert.equal(own.message, "Review cannot be requested from pull request author.");
    const stranger = await refusal(pulls.requestReviewers({ ...at, reviewers: ["nobody"] }));
    assert.match(stranger.message, /not a collaborator of the vaarak\/gitops repository/);
  });

  it("shows a pending review only to its author until it is submitted", async () => {
    const { pulls } = github.octokit("ann").rest;
    const { data } = await pulls.createReview({ ...at, body: "draft" });
    assert.deepEqual([data.state, data.submitted_at], ["PENDING", undefined]);
    assert.deepEqual(await states(), []);
    assert.equal((await refusal(pulls.createReview({ ...at, body: "twice" }))).status, 422);
    const review = { ...at, review_id: data.id };
    assert.equal((await refusal(github.octokit("dev").rest.pulls.getReview(review))).status, 404);
    const submitted = await pulls.submitReview({ ...review, event: "APPROVE" });
    assert.match(String(submitted.data.submitted_at), /^\d{4}-/);
    assert.deepEqual(await states(), ["ann APPROVED"]);
    const { payload } = await receiver.nth("pull_request_review");
    assert.deepEqual([payload.action, (payload.review as { state: string }).state], ["submitted", "approved"]);
  });

  it("blocks on requested changes until their author approves or they are dismissed", async () => {
    const art = github.octokit("art").rest.pulls;
    await github.validate(number);
    await github.approve("ann", number);
    assert.equal((await refusal(art.createReview({ ...at, event: "REQUEST_CHANGES" }))).status, 422);
    const { data } = await art.createReview({ ...at, event: "REQUEST_CHANGES", body: "No" });
    const { message } = await refusal(github.merge("dev", number));
    assert.match(message, /1 review requesting changes by reviewers with write access\./);
    const dismissal = { ...at, review_id: data.id, message: "Away" };
    assert.equal((await refusal(github.octokit("rita").rest.pulls.dismissReview(dismissal))).status, 403);
    const dismissed = await github.octokit("dora").rest.pulls.dismissReview(dismissal);
    assert.equal(dismissed.data.state, "DISMISSED");
    assert.equal((await receiver.nth("pull_request_review", 3)).payload.action, "dismissed");
    assert.equal((await refusal(github.octokit("dora").rest.pulls.dismissReview(dismissal))).status, 422);
    assert.equal((await github.pull(number)).mergeable_state, "clean");
  });

  it("dismisses an approval with an event if a push changes the diff, even only a mode", async () => {
    await github.approve("ann", number);
    const clone = await github.clone("dev", `--branch=release-${count}`);
    await clone.git("update-index", "--chmod=+x", "environments/prod/api.yaml");
    await clone.git("commit", "--quiet", "-m", "Executable");
    await clone.git("push", "--quiet", "origin", "HEAD");
    assert.deepEqual(await states(), ["ann DISMISSED"]);
    const { payload } = await receiver.nth("pull_request_review", 2);
    assert.equal(payload.action, "dismissed");
  });

  it("lists the events of a pull request: closed, reopened, new base", async () => {
    const { pulls, issues } = github.octokit("dev").rest;
    const events = async () => (await issues.listEvents({ ...gitops, issue_number: number })).data;
    assert.deepEqual(await events(), []);
    await pulls.update({ ...at, state: "closed" });
    await pulls.update({ ...at, state: "open" });
    await pulls.update({ ...at, base: "main" });
    assert.deepEqual(
      (await events()).map(({ event, actor }) => [event, actor.login]),
      ["closed", "reopened", "base_ref_changed"].map((event) => [event, "dev"]),
    );
    const other = await github.release("dev", `release-${++count}`);
    assert.deepEqual((await issues.listEvents({ ...gitops, issue_number: other })).data, []);
  });

  it("shows which commits it signed: those that it created for an account, and none that were pushed", async () => {
    const { rest } = github.octokit("dev");
    const verified = async (ref: string) => {
      const { data } = await rest.repos.getCommit({ ...gitops, ref });
      return data.commit.verification?.verified;
    };
    const { head } = await github.pull(number);
    assert.equal(await verified(head.sha), false);
    const written = await github.write("dev", head.ref);
    assert.equal(await verified(written.data.commit.sha ?? ""), true);
    const compared = await rest.repos.compareCommitsWithBasehead({ ...gitops, basehead: `env/prod...${head.ref}` });
    assert.deepEqual(
      compared.data.commits.map(({ commit }) => commit.verification?.verified),
      [false, true],
    );
  });

  it("reads the branch again when a pull request is reopened", async () => {
    await github.approve("ann", number);
    const { pulls } = github.octokit("dev").rest;
    await pulls.update({ ...at, state: "closed" });
    const clone = await github.push("dora", `release-${count}`, `release-${count}`, { "environments/prod/x": "x" });
    const { data } = await pulls.update({ ...at, state: "open" });
    assert.equal(data.head.sha, await clone.git("rev-parse", "HEAD"));
    assert.deepEqual(await states(), ["ann DISMISSED"]);
  });

  it("keeps an approval when a push does not change the diff", async () => {
    await github.approve("ann", number);
    const clone = await github.clone("dev", `--branch=release-${count}`);
    await clone.git("commit", "--quiet", "--amend", "-m", "Another message");
    await clone.git("push", "--quiet", "--force", "origin", "HEAD");
    assert.deepEqual(await states(), ["ann APPROVED"]);
  });

  it("does not count an approval of an older commit", async () => {
    const { head } = await github.pull(number);
    await github.push("dev", `release-${count}`, `release-${count}`, { "environments/prod/api.yaml": "tag: new\n" });
    await github.octokit("ann").rest.pulls.createReview({ ...at, event: "APPROVE", commit_id: head.sha });
    await github.validate(number);
    assert.match((await refusal(github.merge("dev", number))).message, /At least 1 approving review is required/);
  });

  it("does not count the approval of an account that lost its permission", async () => {
    const owner = github.octokit("owner").rest.teams;
    const team = { org: "vaarak", team_slug: "approvers", ...gitops };
    await github.validate(number);
    await github.approve("ann", number);
    await owner.addOrUpdateRepoPermissionsInOrg({ ...team, permission: "pull" });
    // A team without write access owns nothing, so the approval itself is missing, not the owner's.
    const { message } = await refusal(github.merge("dev", number));
    assert.match(message, /At least 1 approving review is required/);
    assert.doesNotMatch(message, /code owner/);
    await owner.addOrUpdateRepoPermissionsInOrg({ ...team, permission: "push" });
    await github.merge("dev", number);
  });

  it("lets GitHub Actions open and approve only if the repository allows it", async () => {
    const { pulls } = github.octokit("actions").rest;
    const refused = await refusal(pulls.createReview({ ...at, event: "APPROVE" }));
    assert.deepEqual(refused.body.errors, ["GitHub Actions is not permitted to approve pull requests."]);
    const other = { ...gitops, title: "x", head: "main", base: "env/prod" };
    const open = await refusal(pulls.create(other));
    assert.deepEqual(
      [open.status, open.message],
      [403, "GitHub Actions is not permitted to create or approve pull requests."],
    );
    const allow = { ...gitops, can_approve_pull_request_reviews: true };
    const owner = github.octokit("owner").rest.actions;
    await owner.setGithubActionsDefaultWorkflowPermissionsRepository(allow);
    assert.equal((await pulls.createReview({ ...at, event: "APPROVE" })).data.state, "APPROVED");
    await owner.setGithubActionsDefaultWorkflowPermissionsRepository({
      ...allow,
      can_approve_pull_request_reviews: false,
    });
  });

  it("attributes statuses and runs to their creators, combines them, and notifies hooks", async () => {
    const { sha } = (await github.pull(number)).head;
    const dev = github.octokit("dev").rest;
    const status = { ...gitops, sha, context: "lint" };
    await dev.repos.createCommitStatus({ ...status, state: "pending" });
    const combined = async () => (await dev.repos.getCombinedStatusForRef({ ...gitops, ref: `release-${count}` })).data;
    assert.equal((await combined()).state, "pending");
    await github.octokit("ci-app").rest.repos.createCommitStatus({ ...status, state: "failure" });
    const { state, statuses } = await combined();
    assert.deepEqual(
      [state, statuses.map((entry) => [entry.context, entry.state])],
      ["failure", [["lint", "failure"]]],
    );
    const all = await dev.repos.listCommitStatusesForRef({ ...gitops, ref: sha });
    assert.deepEqual(
      all.data.map(({ creator }) => creator?.login),
      ["ci-app[bot]", "dev"],
    );
    assert.equal((await receiver.nth("status", 2)).payload.state, "failure");

    const checks = github.octokit("actions").rest.checks;
    const { data } = await checks.create({ ...gitops, name: "build", head_sha: sha, status: "in_progress" });
    assert.deepEqual([data.app?.id, data.app?.slug, data.status], [15368, "github-actions", "in_progress"]);
    const done = await checks.update({ ...gitops, check_run_id: data.id, conclusion: "success" });
    assert.deepEqual([done.data.status, done.data.conclusion], ["completed", "success"]);
    const list = await dev.checks.listForRef({ ...gitops, ref: sha, check_name: "build" });
    assert.deepEqual([list.data.total_count, list.data.check_runs[0]?.conclusion], [1, "success"]);
    assert.equal((await receiver.nth("check_run", 2)).payload.action, "completed");
    assert.equal((await github.pull(number)).mergeable_state, "blocked");
  });

  it("calls a pull request unstable if a check that is not required fails", async () => {
    await github.approve("ann", number);
    await github.validate(number);
    const { sha } = (await github.pull(number)).head;
    await github.octokit("dev").rest.repos.createCommitStatus({ ...gitops, sha, context: "lint", state: "failure" });
    assert.equal((await github.pull(number)).mergeable_state, "unstable");
  });

  it("stores comments and labels", async () => {
    const { issues } = github.octokit("rita").rest;
    const issue = { ...gitops, issue_number: number };
    const { data } = await issues.createComment({ ...issue, body: "Why?" });
    await issues.updateComment({ ...gitops, comment_id: data.id, body: "Why now?" });
    const comments = await issues.listComments(issue);
    assert.deepEqual(
      comments.data.map(({ body, user }) => [body, user?.login]),
      [["Why now?", "rita"]],
    );
    assert.equal((await refusal(issues.addLabels({ ...issue, labels: ["release"] }))).status, 403);
    await github.octokit("dev").rest.issues.addLabels({ ...issue, labels: ["release"] });
    assert.deepEqual(
      (await github.pull(number)).labels.map(({ name }) => name),
      ["release"],
    );
    await github.octokit("dev").rest.issues.removeLabel({ ...issue, name: "release" });
    assert.deepEqual((await github.pull(number)).labels, []);
  });
});
