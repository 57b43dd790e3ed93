/** Tests on the stand-in who can use the platform's own workflows, with the tokens of different accounts. */
import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { gitops } from "../command";
import { repository, values } from "@gitops-platform/test-support/gitops-repository";
import { type Run, WithWorkflows } from "./with-workflows";

const DIGEST = `sha256:${"6".repeat(64)}`;

describe("the workflows of the GitOps repository", function () {
  this.timeout(300_000);
  this.slow(60_000);
  const github = new WithWorkflows();
  const audience = (tag: string, service = "api") => `gitops-bump:vaarak/gitops:${service}:${tag}:`;
  const bump = (identity: string, service = "api", tag = "sha-2222222", by = "ci") =>
    gitops(github.environmentWith(identity, by), "bump", service, "--tag", tag);

  before(async () => {
    await github.begin();
    github.judge();
  });
  after(() => github.remove());

  const CI = /GITOPS_REQUESTED_BY: got ci, an account of CI; expected a person\. Start the workflow yourself: /;

  const refused: [what: string, workflow: string, inputs: Record<string, string>][] = [
    ["promote to staging", "promote.yaml", { service: "api", from: "dev", to: "staging", force: "x" }],
    ["promote to production", "promote.yaml", { service: "api", from: "staging", to: "prod", force: "x" }],
    ["roll staging back", "rollback.yaml", { service: "api", environment: "staging", reason: "x" }],
    ["open a rollback of production", "rollback.yaml", { service: "api", environment: "prod", reason: "x" }],
    ["use break-glass", "break-glass.yaml", { service: "api", environment: "prod", reason: "x" }],
  ];
  for (const [what, workflow, inputs] of refused) {
    it(`do not ${what} with CI's token`, async () => {
      const { conclusion, log } = await github.run("ci", workflow, inputs);
      assert.equal(conclusion, "failure", log);
      assert.match(log, CI);
      assert.deepEqual(await github.pulls(), []);
    });
  }

  it("do not bump with CI's token alone, and say what else CI must send", async () => {
    const { conclusion, log } = await github.run("ci", "bump.yaml", { service: "api", tag: "sha-2222222" });
    assert.equal(conclusion, "failure", log);
    assert.match(log, CI);
    assert.match(log, /identity: got nothing; expected GitHub's identity token where CI asks\./);
    assert.deepEqual(await github.pulls(), []);
  });

  it("neither promote nor bump for a workflow that somebody pushed to a branch", async () => {
    const start = (workflow: string, inputs: object) =>
      `curl -fsS -H "Authorization: Bearer $T" -d '${JSON.stringify({ ref: "main", inputs })}' ` +
      `"$GITHUB_API_URL/repos/vaarak/gitops/actions/workflows/${workflow}.yaml/dispatches"`;
    const steps = [
      start("promote", { service: "api", from: "staging", to: "prod", force: "x" }),
      start("bump", { service: "api", tag: "sha-6666666", digest: DIGEST }),
    ].map((run) => `      - run: |\n          ${run}\n`);
    const text =
      `on: push\npermissions: { actions: write }\njobs:\n  go:\n    runs-on: ubuntu-latest\n` +
      `    env: { T: "\${{ github.token }}" }\n    steps:\n${steps.join("")}`;
    const before = (await github.runs()).length;
    const { rest } = github.octokit("approver");
    const { data } = await rest.git.getRef({ ...repository, ref: "heads/main" });
    await rest.git.createRef({ ...repository, ref: "refs/heads/ap-auto", sha: data.object.sha });
    const file = { ...repository, path: ".github/workflows/zz.yaml", branch: "ap-auto", message: "x" };
    await rest.repos.createOrUpdateFileContents({ ...file, content: Buffer.from(text).toString("base64") });
    for (const workflow of ["Promote", "Bump"]) {
      const run = await until<Run>(`a run of ${workflow} by Actions`, async () => {
        const runs = (await github.runs()).slice(0, -before || undefined);
        const found = runs.find(({ name, status }) => name === workflow && status === "completed");
        return found ? { done: found } : { waitingFor: runs.map(({ name, status }) => `${name} ${status}`).join() };
      });
      assert.equal(run.conclusion, "failure");
      assert.equal(run.triggering_actor?.login, "github-actions[bot]");
    }
    assert.deepEqual(await github.pulls(), []);
  });

  it("check both the person who starts a run and the one who repeats it", async () => {
    const inputs = { service: "api", from: "staging", to: "prod" };
    const unhealthy = /health: nothing is known of api in staging/;
    const own = await github.run("dora", "promote.yaml", inputs);
    assert.match(own.log, unhealthy);
    assert.match((await github.again("ci", own.id)).log, CI);
    const { id } = await github.run("ci", "promote.yaml", inputs);
    const lent = await github.again("dora", id);
    assert.equal(lent.conclusion, "failure");
    assert.match(lent.log, /GITOPS_STARTED_BY: got ci, an account of CI; expected a person\./);
    const third = await github.run("dora", "promote.yaml", inputs);
    // Two people are both recorded, because each may be a contributor.
    assert.match((await github.again("approver", third.id)).log, unhealthy);
    assert.deepEqual(await github.pulls(), []);
  });

  it("bump for a commit on main of the service's own repository, and never log the token", async () => {
    const [before, bumps] = [(await github.runs("api")).length, (await github.runs()).length];
    const { rest } = github.octokit("dora");
    const content = Buffer.from("#!/bin/sh\n").toString("base64");
    const file = { owner: "vaarak", repo: "api", path: "api", message: "Answer", content };
    const { data } = await rest.repos.createOrUpdateFileContents(file);
    const image = await github.ended(before, "api");
    assert.equal(image.conclusion, "success", image.log);
    const run = await github.ended(bumps);
    assert.equal(run.conclusion, "success", run.log);
    await github.landed("api", `sha-${data.commit.sha?.slice(0, 7) ?? ""}`);
    for (const log of [image.log, run.log]) assert.doesNotMatch(log, /eyJ/);
  });

  const identities: [what: string, identity: () => Promise<string>, says: RegExp][] = [
    [
      "another service's repository",
      () => github.identity("web-app", audience("sha-2222222")),
      /identity: got a job of vaarak\/web-app; expected one of vaarak\/api, which builds api\./,
    ],
    [
      "another branch than main",
      () => github.identity("api", audience("sha-2222222"), "side"),
      /identity: got a run on refs\/heads\/side; expected one on refs\/heads\/main\./,
    ],
    [
      "a pull request's run",
      () => github.identityOfPullRequest("api", audience("sha-2222222")),
      /identity: got a run on pull_request_target; expected one on push\./,
    ],
    [
      "another version",
      () => github.identity("api", audience("sha-1111111")),
      /got a token for something else; expected GitHub's token for gitops-bump:vaarak\/gitops:api:sha-2222222:\./,
    ],
    [
      "a digest that it was not made for",
      () => github.identity("api", `${audience("sha-2222222")}${DIGEST}`),
      /identity: got a token for something else/,
    ],
    ["an invented token", () => Promise.resolve("eyJhbGciOiJub25lIn0.e30."), /identity: got no token that GitHub/],
  ];
  for (const [what, identity, says] of identities) {
    it(`do not bump with an identity token of ${what}`, async () => {
      const [text, pulls] = [await github.read("environments/dev/api.yaml"), (await github.pulls()).length];
      const token = await identity();
      const { stderr, stdout, code } = await bump(token);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, says);
      assert.ok(!stderr.includes(token));
      assert.equal(await github.read("environments/dev/api.yaml"), text);
      assert.equal((await github.pulls()).length, pulls);
    });
  }

  it("bump for the repository in the settings, if the image has another name", async () => {
    const { code, stderr } = await bump(await github.identity("web-app", audience("sha-2222222", "web")), "web");
    assert.equal(code, 0, stderr);
    await gitops(github.environmentWith(""), "land");
    assert.equal(await github.read("environments/dev/web.yaml"), values("sha-2222222", "web"));
    const [message] = await github.log("main");
    assert.match(message ?? "", /^Requested-By: @ci$/m);
  });

  it("bump and promote for a person, and name them in the commit", async () => {
    const inputs = { service: "api", tag: "sha-3333333" };
    const bumped = await github.run("dora", "bump.yaml", inputs);
    assert.equal(bumped.conclusion, "success", bumped.log);
    await github.landed("api", "sha-3333333");
    const order = { service: "api", from: "dev", to: "staging", force: "nothing measures health here" };
    const promoted = await github.run("dora", "promote.yaml", order);
    assert.equal(promoted.conclusion, "success", promoted.log);
    const [message] = await github.log("main");
    assert.match(message ?? "", /^Promoted-From: dev\n(.*\n)*Requested-By: @dora$/m);
  });
});
