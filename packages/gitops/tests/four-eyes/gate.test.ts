/**
 * Attempts to avoid the approval, on the stand-in, over HTTP and Git. These tests run without Helm: they set the check
 * `validate` themselves, as its App, if Helm would be needed.
 */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { ciFile } from "@gitops-platform/components/repository/written-files";
import type { History } from "../../history/history";
import { release } from "../../release/release";
import { until } from "@gitops-platform/clients/until";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";
import { environmentOf, gitops } from "../command";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";

const FILE = "environments/prod/api.yaml";
const repository = { owner: "vaarak", repo: "gitops" };

describe("four eyes at env/prod", function () {
  this.timeout(240_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
  });
  afterEach(() => github.remove());

  const version = async (tag: string, branch = "main") => ({
    [FILE]: (await github.read(FILE, branch)).replace(/tag: "[^"]*"/, `tag: "${tag}"`),
  });
  /** Merges a promotion by `bump` into main, with a message that names who requested it. */
  const promote = async (message: string) => {
    const change = await version("sha-2222222");
    const number = await github.propose("bump", "main", "promote/api-to-prod", `Promote api\n\n${message}`, change);
    await github.sayValid(number);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: number });
    return number;
  };
  /** Opens a valid release of what main has, as the workflow does. */
  const ask = async () => {
    const text = await github.read(FILE);
    const [, tag = ""] = /tag: "([^"]*)"/.exec(text) ?? [];
    const title = `Release api ${tag} to prod`;
    const number = await github.propose("release", "env/prod", "release/prod/api", title, { [FILE]: text });
    await github.sayValid(number);
    return number;
  };
  const mergeByHand = (login: string, pull_number: number) =>
    github.octokit(login).rest.pulls.merge({ ...repository, pull_number });
  /** Pushes the head of a pull request as another branch. */
  const copyHead = async (login: string, number: number, branch: string) => {
    const { head } = await github.pull(number);
    const clone = await github.clone(login);
    await clone.git("fetch", "--quiet", "origin", `refs/pull/${number}/head`);
    await clone.git("push", "--quiet", "--force", "origin", `${head.sha}:refs/heads/${branch}`);
    return head.sha;
  };
  const open = async (login: string, head: string, base: string) =>
    (await github.octokit(login).rest.pulls.create({ ...repository, title: head, head, base })).data.number;
  const newest = async (name: string, ref: string) => {
    const { data } = await github.octokit("owner").rest.checks.listForRef({ ...repository, ref, check_name: name });
    return data.check_runs.at(-1);
  };

  it("refuses a promotion that a workflow's token started, because its requester is unknown", async () => {
    await promote("Requested-By: @github-actions[bot]");
    const number = await ask();
    await github.approve("ann", number);
    const verdict = await github.fourEyes(number);
    assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", [{ reason: "nobody-asked", number: 1 }]]);
    assert.match(JSON.stringify(await github.mergeApproved(number)), /blocked.*Nobody is known to have asked for #1/);
    // A person who requests the same change is known, and is not the approver.
    await github.octokit("dora").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    const change = { [FILE]: await github.read(FILE) };
    const own = await github.propose("dora", "env/prod", "by-dora", "Release api", change);
    await github.sayValid(own);
    await github.approve("ann", own);
    assert.ok("merged" in (await github.mergeApproved(own, false)));
  });

  it("refuses a change that only an account of CI requested, through a bot or by itself", async () => {
    const { path, text } = ciFile({ accounts: ["Dev"], repositories: {} });
    const settings = await github.propose("dora", "main", "ci", "Say who CI is", { [path]: text });
    await github.sayValid(settings);
    await github.approve("pat", settings);
    await github.octokit("dora").rest.pulls.merge({ ...repository, pull_number: settings });
    const isRefused = async (asked: number) => {
      const number = await ask();
      await github.approve("ann", number);
      const verdict = await github.fourEyes(number);
      assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", [{ reason: "nobody-asked", number: asked }]]);
      await github.octokit("dora").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    };
    await isRefused(await promote("Requested-By: @dev"));
    const own = await github.propose("dev", "main", "by-ci", "Promote api", await version("sha-3333333"));
    await github.sayValid(own);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: own });
    await isRefused(own);
  });

  it("merges an automatic promotion once two owners approved it, and records both", async () => {
    await promote("Service: api\nPromoted-From: staging\nRule: promotion.prod");
    const number = await ask();
    await github.approve("ann", number);
    assert.equal((await github.fourEyes(number))?.state, "insufficient");
    assert.match(JSON.stringify(await github.mergeApproved(number)), /Waits for a second approval/);
    await github.approve("art", number);
    assert.deepEqual((await github.fourEyes(number))?.approvals.map(({ login }) => login).sort(), ["ann", "art"]);
    assert.ok("merged" in (await github.mergeApproved(number)));
  });

  it("refuses what only GitHub Actions calls an automatic promotion, as any writer's workflow can", async () => {
    const change = await version("sha-2222222");
    const message = "Promote api\n\nPromoted-From: staging\nRule: promotion.prod";
    const allowed = { ...repository, can_approve_pull_request_reviews: true };
    await github.octokit("owner").rest.actions.setGithubActionsDefaultWorkflowPermissionsRepository(allowed);
    const asked = await github.propose("github-actions", "main", "promote/api-to-prod", message, change);
    await github.sayValid(asked);
    await github.octokit("github-actions").rest.pulls.merge({ ...repository, pull_number: asked });
    const number = await ask();
    for (const login of ["ann", "art"]) await github.approve(login, number);
    const verdict = await github.fourEyes(number);
    assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", [{ reason: "nobody-asked", number: asked }]]);
  });

  it("ignores a version without a requester after a person has promoted another one", async () => {
    await promote("Requested-By: @github-actions[bot]");
    const change = await version("sha-3333333");
    const message = "Promote api\n\nRequested-By: @dora";
    const later = await github.propose("bump", "main", "promote/api-to-prod", message, change);
    await github.sayValid(later);
    await github.octokit("bump").rest.pulls.merge({ ...repository, pull_number: later });
    const number = await ask();
    await github.approve("ann", number);
    assert.equal((await github.fourEyes(number))?.state, "approved");
  });

  it("refuses a change whose requester only GitHub Actions names, as any writer's workflow can", async () => {
    const change = await version("sha-2222222");
    const message = "Promote api\n\nRequested-By: @dora";
    const allowed = { ...repository, can_approve_pull_request_reviews: true };
    await github.octokit("owner").rest.actions.setGithubActionsDefaultWorkflowPermissionsRepository(allowed);
    const asked = await github.propose("github-actions", "main", "promote/api-to-prod", message, change);
    await github.sayValid(asked);
    await github.octokit("github-actions").rest.pulls.merge({ ...repository, pull_number: asked });
    const number = await ask();
    await github.approve("ann", number);
    const verdict = await github.fourEyes(number);
    assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", [{ reason: "nobody-asked", number: asked }]]);
  });

  it("refuses a release that another bot opens, no matter whom it names as the requester", async () => {
    const allowed = { ...repository, can_approve_pull_request_reviews: true };
    await github.octokit("owner").rest.actions.setGithubActionsDefaultWorkflowPermissionsRepository(allowed);
    const change = await version("sha-2222222", "env/prod");
    const message = "Release api\n\nRequested-By: @dora";
    const number = await github.propose("github-actions", "env/prod", "release/prod/api", message, change);
    await github.sayValid(number);
    await github.approve("ann", number);
    const verdict = await github.fourEyes(number);
    const obstacles = [{ reason: "other-bot", login: "github-actions[bot]" }];
    assert.deepEqual([verdict?.state, verdict?.obstacles], ["refused", obstacles]);
  });

  it("accepts no approval from a second pull request with the same commit", async () => {
    await promote("Requested-By: @art");
    const number = await ask();
    await github.approve("art", number);
    const sha = await copyHead("art", number, "again");
    const second = await open("art", "again", "env/prod");
    await github.approve("dora", second);
    await github.fourEyes();
    assert.equal((await newest("four-eyes (env/prod)", sha))?.conclusion, "failure");
    await assert.rejects(mergeByHand("art", number), { status: 405 });
    assert.ok("waitsFor" in (await github.mergeApproved(number)));
    assert.ok("waitsFor" in (await github.mergeApproved(second, false)));
  });

  it("sets no successful check before the merge, so that an approver cannot merge by hand", async () => {
    await promote("Requested-By: @art");
    const number = await ask();
    await github.approve("dora", number);
    assert.deepEqual((await github.fourEyes())?.approvals, [{ login: "dora", counts: false, reason: "not-owner" }]);
    await github.approve("art", number);
    await assert.rejects(mergeByHand("art", number), { status: 405 });
    await github.approve("ann", number);
    const { head } = await github.pull(number);
    await github.fourEyes();
    assert.equal((await newest("four-eyes (env/prod)", head.sha))?.status, "in_progress");
    await assert.rejects(mergeByHand("ann", number), { status: 405 });
    assert.ok("merged" in (await github.mergeApproved(number)));
  });

  it("resets the successful check if GitHub refuses the merge", async () => {
    await promote("Requested-By: @dora");
    const number = await ask();
    await github.approve("ann", number);
    const changes = { ...repository, pull_number: number, event: "REQUEST_CHANGES" as const, body: "No" };
    await github.octokit("art").rest.pulls.createReview(changes);
    assert.match(JSON.stringify(await github.mergeApproved(number)), /GitHub refuses to merge it/);
    const { head } = await github.pull(number);
    assert.equal((await newest("four-eyes (env/prod)", head.sha))?.status, "in_progress");
  });

  it("accepts no validation of a pull request into another branch", async () => {
    const change = { ".gitattributes": "* -text\n" };
    const number = await github.propose("dev", "env/prod", "attributes", "Attributes", change);
    assert.match(await github.validate(number), /`\.gitattributes`: Got a file that Git reads/);
    const sha = await copyHead("dev", number, "feature");
    const clone = await github.clone("dev");
    await github.disable("env/*", "reserved branches");
    await clone.git("push", "--quiet", "origin", `${sha}^:refs/heads/env/x/y`);
    const other = await open("dev", "feature", "env/x/y");
    assert.match(
      await github.validate(other),
      /#2 goes into env\/x\/y; expected main, or the branch of an environment/,
    );
    assert.equal((await newest("validate (env/prod)", sha))?.conclusion, "failure");
    await assert.rejects(mergeByHand("dev", number), { status: 405 });
  });

  it("applies a bot's rules on main to every pull request with the same commit", async () => {
    const number = await github.propose("bump", "main", "bump/dev", "Bump", await version("sha-3333333"));
    const clone = await github.clone("pia", "--branch=bump/dev");
    await clone.git("commit", "--quiet", "--allow-empty", "-m", "Mine");
    await clone.git("push", "--quiet", "origin", "bump/dev");
    await copyHead("pia", number, "mine");
    const own = await open("pia", "mine", "main");
    assert.match(await github.validate(own), new RegExp(`#${number}: pia pushed to bump/dev`));
    // Closed, it can be reopened.
    await github.octokit("pia").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    assert.match(await github.validate(own), new RegExp(`#${number}: pia pushed to bump/dev`));
  });

  it("is not blocked by a second pull request with the same commit", async () => {
    await promote("Requested-By: @dora");
    const number = await ask();
    await copyHead("dev", number, "blocker");
    await open("dev", "blocker", "env/prod");
    await github.approve("ann", number);
    await github.fourEyes();
    assert.ok("merged" in (await github.mergeApproved(number)));
  });

  it("reports once which pull request blocks a release, and continues with the others", async () => {
    await promote("Requested-By: @dora");
    const number = await ask();
    const sha = await copyHead("dev", number, "elsewhere");
    const blocker = await open("bump", "elsewhere", "env/prod");
    assert.match(await github.validate(number), new RegExp(`#${blocker}: dev pushed to elsewhere`));
    await github.approve("ann", number);
    const own = await github.propose("dora", "env/prod", "readme", "Say more", { "README.md": "# More\n" });
    await github.sayValid(own);
    await github.approve("ann", own);
    const receiver = new Receiver();
    await receiver.start();
    process.env.GITOPS_ALERTS_URL = receiver.url;
    const signingKey = github.key.privateKey;
    try {
      for (let run = 1; run <= 2; run++) {
        const outcomes = await github.as("release", (session) => release(session, { thorough: false, signingKey }));
        const found = outcomes.find((one) => one.number === number);
        assert.equal(found?.state, "blocked");
        assert.match(found.reason ?? "", new RegExp(`pull/${number}: the check validate[^]*#${blocker}: dev pushed`));
      }
      const events = receiver.received.map(({ payload }) => payload.event);
      assert.deepEqual(events, ["release-blocked"]);
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
      await receiver.stop();
    }
    assert.equal((await github.pull(own)).merged, true);
    assert.equal((await newest("validate (env/prod)", sha))?.conclusion, "failure");
  });

  it("recognizes a contributor of a pull request into a feature branch", async () => {
    const change = await version("sha-4444444");
    const clone = await github.clone("dev");
    await clone.git("push", "--quiet", "origin", "origin/main:refs/heads/feature-b");
    const inner = await github.propose("art", "feature-b", "art-work", "Fifteen", change);
    await github.octokit("dev").rest.pulls.merge({ ...repository, pull_number: inner });
    const outer = await open("dev", "feature-b", "main");
    await github.sayValid(outer);
    await github.octokit("dora").rest.pulls.merge({ ...repository, pull_number: outer });
    const number = await ask();
    await github.approve("art", number);
    const verdict = await github.fourEyes(number);
    assert.deepEqual(verdict?.approvals, [{ login: "art", counts: false, reason: "had-part" }]);
    assert.deepEqual(verdict.contributors.map(({ login }) => login).sort(), ["art", "dev", "dora"]);
  });

  it("takes authors only from verified signatures, because anybody can invent an author", async () => {
    const clone = await github.clone("dev");
    await clone.git("checkout", "--quiet", "-b", "invented");
    const author = ["-c", "user.name=ann", "-c", "user.email=ann@users.noreply.localhost"];
    await clone.git(...author, "commit", "--quiet", "--allow-empty", "-m", "As ann");
    await clone.git("push", "--quiet", "origin", "invented");
    const content = Buffer.from((await version("sha-5555555"))[FILE]).toString("base64");
    const { repos } = github.octokit("art").rest;
    const { data: file } = await repos.getContent({ ...repository, path: FILE, ref: "invented" });
    const blob = "sha" in file ? file.sha : "";
    const write = { ...repository, path: FILE, branch: "invented", message: "By art", content, sha: blob };
    await repos.createOrUpdateFileContents(write);
    const outer = await open("dev", "invented", "main");
    await github.sayValid(outer);
    await github.octokit("dev").rest.pulls.merge({ ...repository, pull_number: outer });
    const number = await ask();
    await github.approve("ann", number);
    const verdict = await github.fourEyes(number);
    assert.equal(verdict?.state, "approved");
    assert.ok(verdict.contributors.some(({ login }) => login === "art"));
  });

  it("counts no approval that is older than the reopening of the pull request", async () => {
    await promote("Requested-By: @dora");
    const number = await ask();
    await github.approve("ann", number);
    assert.equal((await github.fourEyes(number))?.state, "approved");
    const { pulls } = github.octokit("dora").rest;
    await pulls.update({ ...repository, pull_number: number, state: "closed" });
    await pulls.update({ ...repository, pull_number: number, state: "open" });
    const verdict = await github.fourEyes(number);
    assert.deepEqual(verdict?.approvals, [{ login: "ann", counts: false, reason: "before-reopening" }]);
    const { data: events } = await github
      .octokit("dora")
      .rest.issues.listEvents({ ...repository, issue_number: number });
    // GitHub's times are whole seconds, so wait until the next approval has a later one.
    const reopened = Date.parse(events.at(-1)?.created_at ?? "");
    await until("another second", () =>
      Promise.resolve(Date.now() >= reopened + 1000 ? { done: true } : { waitingFor: "the clock" }),
    );
    await github.approve("ann", number);
    assert.equal((await github.fourEyes(number))?.state, "approved");
  });

  it("drops the approvals of a closed release, and lets no bot release an older state of main", async () => {
    await promote("Requested-By: @dora");
    const number = await ask();
    await github.approve("ann", number);
    const back = await github.propose("dora", "main", "back", "Back", { [FILE]: await github.read(FILE, "env/prod") });
    await github.sayValid(back);
    await github.octokit("dora").rest.pulls.merge({ ...repository, pull_number: back });
    const { head } = await github.pull(number);
    const outcomes = await github.as("release", (session) => release(session, { thorough: false }));
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      ["closed"],
    );
    const clone = await github.clone("dev");
    await clone.git("fetch", "--quiet", "origin", `refs/pull/${number}/head`);
    await clone.git("push", "--quiet", "origin", `${head.sha}:refs/heads/release/prod/api`);
    await github.octokit("dev").rest.pulls.update({ ...repository, pull_number: number, state: "open" });
    assert.match(await github.validate(number), /Got another content than on main; expected main's/);
    assert.deepEqual((await github.fourEyes(number))?.approvals, []);
  });

  it("records why it refused a release that was merged anyway, and alerts", async () => {
    await promote("Requested-By: @art");
    const number = await ask();
    await github.approve("art", number);
    await github.disable("env/prod");
    await mergeByHand("art", number);
    const receiver = new Receiver();
    await receiver.start();
    process.env.GITOPS_ALERTS_URL = receiver.url;
    try {
      const signingKey = github.key.privateKey;
      await github.as("release", (session) => release(session, { thorough: false, signingKey }));
      assert.deepEqual(
        receiver.received.map(({ payload }) => payload.event),
        ["merged-past-four-eyes"],
      );
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
      await receiver.stop();
    }
    const reason = "merged past four-eyes: @art contributed to it";
    const { stdout } = await gitops(environmentOf(github.url, "owner"), "history", "api", "--env=prod", "--json");
    const history = JSON.parse(stdout) as History;
    assert.deepEqual(history.deployments[0]?.approval, { state: "unverified", reason });
  });

  it("blocks a merge without a record, alerts, and accepts a key with escaped line ends", async () => {
    const change = await version("sha-7777777", "env/prod");
    const number = await github.propose("dora", "env/prod", "by-hand", "Release api", change);
    await github.sayValid(number);
    await github.approve("ann", number);
    const receiver = new Receiver();
    await receiver.start();
    process.env.GITOPS_ALERTS_URL = `"${receiver.url}"\n`;
    const run = (signingKey: string) =>
      github.as("release", (session) => release(session, { thorough: false, signingKey }));
    const foreign = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    try {
      for (const [key, reason] of [
        ["hunter2-and-more", /GITOPS_SIGNING_KEY: got something else; expected a private key/],
        [
          foreign.export({ type: "pkcs1", format: "pem" }).toString(),
          /GITOPS_SIGNING_KEY: got a key that main does not trust/,
        ],
      ] as const) {
        const outcome = (await run(key)).find((each) => each.number === number);
        assert.equal(outcome?.state, "blocked");
        assert.match(outcome.reason ?? "", reason);
        assert.doesNotMatch(outcome.reason ?? "", /hunter2/);
        assert.equal((await github.pull(number)).state, "open");
      }
      assert.deepEqual(
        receiver.received.map(({ payload }) => payload.event),
        ["release-blocked", "release-blocked"],
      );
      const merged = await run(github.key.privateKey.replaceAll("\n", "\\n"));
      assert.equal(merged.find((each) => each.number === number)?.state, "merged");
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
      await receiver.stop();
    }
    const { stdout } = await gitops(environmentOf(github.url, "owner"), "history", "api", "--env=prod", "--json");
    assert.equal((JSON.parse(stdout) as History).deployments[0]?.approval.state, "approved");
  });

  it("merges a person's own pull request only in the state that was validated", async () => {
    const number = await github.propose(
      "dora",
      "env/prod",
      "by-hand",
      "More",
      await version("sha-7777777", "env/prod"),
    );
    await github.sayValid(number);
    await github.approve("ann", number);
    const before = await github.propose("dev", "env/prod", "first", "First", await version("sha-8888888", "env/prod"));
    await github.sayValid(before);
    await github.approve("art", before);
    assert.ok("merged" in (await github.mergeApproved(before, false)));
    const late = await github.mergeApproved(number, false);
    assert.match(JSON.stringify(late), /Update the branch/);
  });
});
