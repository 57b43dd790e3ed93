import assert from "node:assert/strict";
import { until } from "@gitops-platform/clients/until";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";
import { Follower } from "../../board/follow";
import { readStatus } from "../../status/status";
import { automaticWait } from "../../versions/ahead";
import { promoteAutomatically } from "../../versions/automatic";
import { describeOutcome, type Outcome } from "../../versions/outcome";

const [OLD, NEW, NEWER] = ["sha-1111111", "sha-2222222", "sha-3333333"];
const STAGING = "environments/staging/api.yaml";
const BRANCH = "promote/api-to-staging";
const HOUR = 3_600_000;

describe("what a version that is ahead waits for", () => {
  const at = "2026-11-28T10:00:00Z";
  const version = { tag: NEW };
  const report = {
    commit: "c0ffee",
    state: "success",
    description: "",
    at,
    isFromApp: true,
    reporters: ["argocd[bot]"],
  };
  const good = { version, isMoving: false, past: [{ tag: OLD }], report, running: version, healthyFor: 1800 };

  const cases: [what: string, evidence: Partial<typeof good> | object, reason: object][] = [
    ["its time, from the newest success on", {}, { state: "promotion", at: "2026-11-28T10:30:00.000Z" }],
    ["no time", { healthyFor: 0 }, { state: "promotion", at: "2026-11-28T10:00:00.000Z" }],
    ["a person, if its tag may move", { isMoving: true }, { state: "person", because: "moving-tag" }],
    [
      "a person, if it was rolled back or replaced there",
      { past: [{ tag: OLD }, { tag: NEW }] },
      { state: "person", because: "had-it" },
    ],
    ["a report", { report: undefined, running: undefined }, { problem: "not-deployed" }],
    ["its own deployment", { running: { tag: OLD } }, { problem: "not-deployed" }],
    ["a commit of the repository", { running: undefined }, { problem: "not-deployed" }],
    ["health", { report: { ...report, state: "failure" } }, { problem: "not-healthy" }],
    ["the end of its deployment", { report: { ...report, state: "in_progress" } }, { problem: "not-healthy" }],
    ["a first status", { report: { ...report, state: undefined } }, { problem: "not-healthy" }],
    ["a report by Argo CD", { report: { ...report, isFromApp: false } }, { problem: "other-reporter" }],
  ];
  for (const [what, evidence, reason] of cases) {
    it(`is ${what}`, () => {
      const isHealth = "problem" in reason;
      const expected = isHealth ? { state: "health", environment: "dev", ...reason } : reason;
      assert.deepEqual(automaticWait("dev", { ...good, ...evidence }), expected);
    });
  }
});

describe("automatic promotions", function () {
  this.slow(8000);
  let gitops: GitopsRepository;
  beforeEach(async () => {
    gitops = new GitopsRepository();
    await begin();
  });
  afterEach(() => gitops.remove());

  const RULES = "promotion:\n  staging: { automatic: true, healthyFor: 1h }\n";

  async function begin(rules = RULES, files: Record<string, string> = {}): Promise<void> {
    await gitops.make({
      files: {
        "gitops.yaml": rules,
        "environments/dev/api.yaml": values(NEW),
        "environments/staging/api.yaml": values(OLD),
        "environments/prod/api.yaml": values(OLD),
        ...files,
      },
    });
  }

  const run = (inMs = 2 * HOUR, options: { login?: string; timeout?: number } = {}) =>
    gitops.change((session, waiting) => promoteAutomatically(session, waiting, Date.now() + inMs), options);
  const short = (outcomes: readonly Outcome[]) =>
    outcomes.map(({ service, environment, state }) => `${service} ${environment} ${state}`);

  async function tip(branch = "main"): Promise<string> {
    const { data } = await gitops.octokit("owner").rest.git.getRef({ ...repository, ref: `heads/${branch}` });
    return data.object.sha;
  }

  /** Reports a state of a service at a commit, as Argo CD does: on the deployment that the commit has already. */
  async function report(about: string, state: "success" | "failure", login = "argocd", branch = "main"): Promise<void> {
    const { rest } = gitops.octokit(login);
    const ref = await tip(branch);
    const [known] = (await rest.repos.listDeployments({ ...repository, environment: about, sha: ref })).data;
    const asked = { ...repository, ref, environment: about, auto_merge: false, required_contexts: [] };
    const created = known ?? (await rest.repos.createDeployment(asked)).data;
    assert.ok("id" in created);
    await rest.repos.createDeploymentStatus({ ...repository, deployment_id: created.id, state });
  }

  /** Merges a change of files as a person. */
  async function change(files: Record<string, string>, branch = "by-dora"): Promise<void> {
    const number = await gitops.propose("dora", "main", branch, `Change ${branch}`, files);
    await gitops.sayValid(number);
    await until("the change is on main", async () => {
      await gitops.merge("dora", number);
      return { done: true };
    });
  }

  it("bring a version that was healthy for long enough, by a pull request that names the rule and nobody", async () => {
    await report("dev/api", "success");
    gitops.judge();
    assert.deepEqual(short(await run()), ["api staging merged"]);
    assert.equal(await gitops.read(STAGING), values(NEW));
    assert.equal(
      (await gitops.log())[0],
      `Promote api ${NEW} from dev to staging (#1)\n\n` +
        `Service: api\nEnvironment: staging\nImage: ${NEW}\nPromoted-From: dev\nRule: promotion.staging`,
    );
    assert.deepEqual(await run(), []);
    assert.equal((await gitops.pulls()).length, 1);
  });

  it("wait for the time, and say until when", async () => {
    await report("dev/api", "success");
    const [outcome, ...others] = await run(0);
    assert.deepEqual([outcome?.state, others], ["later", []]);
    assert.match(
      outcome === undefined ? "" : describeOutcome(outcome),
      /^Promote api sha-2222222 from dev to staging: waits for .* after [\d-]{10} \d\d:\d\d UTC, if it stays healthy/,
    );
    assert.deepEqual(await gitops.pulls(), []);
  });

  /** What the one version that is ahead waits for, by `gitops status` and by the board. */
  async function announced() {
    const { status, board } = await gitops.change(async (session) => {
      const follower = new Follower({ session, clusters: new Map(), signal: AbortSignal.timeout(60_000) });
      await follower.once();
      return { status: await readStatus(session, ["dev", "staging"]), board: follower.board };
    });
    assert.ok(status.automatic.state === "known");
    const [pending, ...others] = status.automatic.value;
    const { waitsFor, ...which } = pending ?? assert.fail("nothing waits");
    assert.deepEqual([which, others], [{ service: "api", from: "dev", to: "staging", image: NEW }, []]);
    return { status: waitsFor, board: board.rows[0]?.cells[1]?.transition.waitsFor };
  }

  it("are announced by status and on the board", async () => {
    await report("dev/api", "success");
    const { status, board } = await announced();
    assert.equal(status.state, "promotion");
    assert.deepEqual(board, status);
  });

  it("start over for a version that was Degraded in the meantime", async () => {
    await report("dev/api", "success");
    await report("dev/api", "failure");
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "health", environment: "dev", problem: "not-healthy" }],
    );
    await report("dev/api", "success");
    const { rest } = gitops.octokit("owner");
    const [deployment] = (await rest.repos.listDeployments({ ...repository, environment: "dev/api" })).data;
    const statuses = { ...repository, deployment_id: deployment?.id ?? 0 };
    const [newest] = (await rest.repos.listDeploymentStatuses(statuses)).data;
    const at = new Date(Date.parse(newest?.created_at ?? "") + HOUR).toISOString();
    assert.deepEqual(
      (await run(0)).map(({ waits }) => waits),
      [{ state: "promotion", at }],
    );
  });

  it("do not count what a person or a workflow's token reported", async () => {
    for (const login of ["dora", "github-actions"]) {
      await report("dev/api", "success", login);
      assert.deepEqual(
        (await run()).map(({ waits }) => waits),
        [{ state: "health", environment: "dev", problem: "other-reporter" }],
      );
    }
    await report("dev/api", "success");
    await report("dev/api", "success", "dora");
    assert.deepEqual(short(await run()), ["api staging later"]);
  });

  it("do not count what the App reported that requested the version", async () => {
    const message = "Deploy api\n\nRequested-By: @argocd[bot]";
    await gitops.push("dora", "main", "requested", { "environments/dev/api.yaml": values(NEWER) }, message);
    const number = await gitops.request("dora", "requested", "main");
    await gitops.sayValid(number);
    await gitops.merge("dora", number);
    await report("dev/api", "success");
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "health", environment: "dev", problem: "other-reporter" }],
    );
  });

  it("wait for one service whose reported commit cannot be read, and not for the others", async () => {
    await gitops.push("dora", "main", "unreadable", { "environments/dev/api.yaml": "image: [\n" });
    await report("dev/api", "success", "argocd", "unreadable");
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "health", environment: "dev", problem: "not-deployed" }],
    );
  });

  it("do not bring a version back that the environment had", async () => {
    await report("dev/api", "success");
    gitops.judge();
    await run();
    await change({ [STAGING]: values(OLD) });
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "person", because: "had-it" }],
    );
    await change({ "environments/dev/api.yaml": values(NEWER) }, "newer");
    await report("dev/api", "success");
    assert.deepEqual(short(await run()), ["api staging merged"]);
    assert.equal(await gitops.read(STAGING), values(NEWER));
  });

  it("are made by the rules of main only", async () => {
    await report("dev/api", "success");
    await gitops.push("dora", "main", "rules", { "gitops.yaml": RULES.replace("1h", "0m") });
    assert.deepEqual(short(await run(0)), ["api staging later"]);
    await gitops.remove();
    gitops = new GitopsRepository();
    await begin("promotion: {}\n");
    await report("dev/api", "success");
    assert.deepEqual(await run(), []);
    await gitops.remove();
    gitops = new GitopsRepository();
    await begin("promotion: { staging: { automatic: true } }\n");
    await assert.rejects(run(), /gitops\.yaml:1:23: promotion\.staging: got .*; expected automatic and healthyFor/);
  });

  it("are only made by the App", async () => {
    await assert.rejects(
      run(0, { login: "dora" }),
      /^Failure: GITOPS_BOT: got nothing; expected the App that promotes/,
    );
  });

  it("are continued by the next run, and go on for other services after a failure", async () => {
    await gitops.remove();
    gitops = new GitopsRepository();
    await begin(RULES, {
      "environments/dev/web.yaml": values(NEW, "web"),
      "environments/staging/web.yaml": values(OLD, "web"),
    });
    for (const about of ["dev/api", "dev/web"]) await report(about, "success");
    assert.deepEqual(short(await run(2 * HOUR, { timeout: 300 })), ["api staging later", "web staging later"]);
    gitops.judge((branch) => (branch === BRANCH ? "failure" : "success"));
    const outcomes = await run();
    assert.deepEqual(short(outcomes), ["api staging refused", "web staging merged"]);
    assert.match(outcomes[0]?.reason ?? "", /the check validate failed/);
    assert.equal((await gitops.pulls()).length, 2);
  });

  it("leave a person's pull request alone, and one that somebody closed", async () => {
    await report("dev/api", "success");
    await gitops.push("dora", "main", BRANCH, { [STAGING]: values(NEW) }, "Promote api");
    const number = await gitops.request("dora", BRANCH, "main");
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "pull request", number }],
    );
    await gitops.octokit("dora").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "person", because: "closed" }],
    );
    // GitHub offers to delete the branch after that.
    await gitops.octokit("dora").rest.git.deleteRef({ ...repository, ref: `heads/${BRANCH}` });
    assert.deepEqual(
      (await run()).map(({ waits }) => waits),
      [{ state: "person", because: "closed" }],
    );
    const { status, board } = await announced();
    assert.deepEqual([status, board], Array(2).fill({ state: "person", because: "closed" }));
  });

  it("do not bring a version that the environment before has no more when its checks end", async () => {
    await report("dev/api", "success");
    const promoted = run(2 * HOUR, { timeout: 60_000 });
    const number = await gitops.openPull(BRANCH);
    await change({ "environments/dev/api.yaml": values(NEWER) });
    await gitops.sayValid(number);
    assert.deepEqual(
      (await promoted).map(({ waits }) => waits),
      [{ state: "health", environment: "dev", problem: "not-deployed" }],
    );
    assert.equal(await gitops.read(STAGING), values(OLD));
  });

  it("use no branch that somebody else pushed to", async () => {
    await report("dev/api", "success");
    await gitops.push("dora", "main", BRANCH, { [STAGING]: values(NEW), "charts/evil.yaml": "x" });
    const [outcome] = await run();
    assert.equal(outcome?.state, "refused");
    assert.match(
      outcome.reason ?? "",
      /^promote\/api-to-staging: got a push by somebody else; expected bump\[bot\] alone/,
    );
    assert.deepEqual(await gitops.pulls(), []);
  });

  it("replace their own pull request once the environment before has a newer version", async () => {
    await report("dev/api", "success");
    await run(2 * HOUR, { timeout: 300 });
    gitops.judge((branch) => (branch === BRANCH ? undefined : "success"));
    await change({ "environments/dev/api.yaml": values(NEWER) });
    await report("dev/api", "success");
    await run(2 * HOUR, { timeout: 300 });
    const [pull] = (await gitops.pulls()).filter(({ state }) => state === "open");
    assert.equal(pull?.title, `Promote api ${NEWER} from dev to staging`);
    assert.equal(await gitops.read(STAGING, BRANCH), values(NEWER));
  });

  it("change only main for an environment that waits for approval", async () => {
    await gitops.remove();
    gitops = new GitopsRepository();
    await begin("promotion: { prod: { automatic: true, healthyFor: 0m } }\n", {
      "environments/dev/api.yaml": values(NEW),
      [STAGING]: values(NEW),
    });
    await report("staging/api", "success");
    gitops.judge();
    const [outcome] = await run();
    assert.deepEqual([outcome?.state, outcome?.environment, outcome?.release], ["merged", "prod", "env/prod"]);
    assert.equal(await gitops.read("environments/prod/api.yaml", "env/prod"), values(OLD));
    assert.deepEqual(await run(), []);
  });
});
