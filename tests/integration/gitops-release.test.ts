/**
 * `gitops validate`, `four-eyes` and `release` with the real Helm and the stand-in over HTTP and Git, without workflows
 * and Argo CD.
 */
import assert from "node:assert/strict";
import { breakGlass } from "@gitops-platform/gitops/four-eyes/break-glass";
import { release, type ReleaseOptions } from "@gitops-platform/gitops/release/release";
import { withRecords } from "@gitops-platform/gitops/release/record";
import { rendered } from "@gitops-platform/gitops/tests/catalogue/repository";
import { Receiver } from "@gitops-platform/github-stand-in/tests/support";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { read } from "../gitops-repo/support";
import { useTools } from "./support/tools";

const FILE = "environments/prod/api.yaml";
const MANIFESTS = "manifests/api/manifests.yaml";
const gitops = { owner: "vaarak", repo: "gitops" };

describe("gitops release", function () {
  this.timeout("30m"); // the tools may have to be built first
  useTools();

  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make();
  });
  afterEach(() => github.remove());

  const run = (options: ReleaseOptions = { signingKey: github.key.privateKey }) =>
    github.as("release", (session) => release(session, options));
  const approved = async (login: string, number: number) => {
    await github.approve(login, number);
    await github.validate(number);
    await github.fourEyes(number);
  };
  const record = () =>
    github.as("owner", async ({ clone }) => {
      const commit = await clone.git("rev-parse", "origin/env/prod");
      return withRecords(clone, (find) => find("prod", commit));
    });
  const openNumbers = async () => {
    const { data } = await github.octokit("owner").rest.pulls.list({ ...gitops, base: "env/prod" });
    return data.map(({ number }) => number);
  };

  it("opens a pull request for a promotion, describes it, and updates it only if main changes", async () => {
    assert.deepEqual(await run(), []);
    const promotion = await github.promote("dora", "sha-2222222");
    const [first, ...more] = await run();
    assert.deepEqual([first?.unit, first?.state, more], ["api", "opened", []]);
    const pull = await github.pull(first?.number ?? 0);
    assert.deepEqual([pull.title, pull.base.ref], ["Release api sha-2222222 to prod", "env/prod"]);
    assert.deepEqual([pull.head.ref, pull.commits, pull.changed_files], ["release/prod/api", 1, 2]);
    const body = pull.body ?? "";
    // The repository vaarak/api, whose commits would be listed, does not exist.
    assert.match(body, /`sha-a1b2c3d` → `sha-2222222` of `ghcr\.io\/vaarak\/api`\.\n\nWhat changes/);
    assert.match(body, /^-\s+- image: ghcr\.io\/vaarak\/api:sha-a1b2c3d$/m);
    assert.match(body, /^\+\s+- image: ghcr\.io\/vaarak\/api:sha-2222222$/m);
    assert.match(body, new RegExp(`- @dora asked for #${promotion}`));
    assert.equal(await github.validate(pull.number), "# Valid\n");

    assert.deepEqual((await run())[0], { ...first, state: "waits", reason: "Waits for an approval." });
    assert.equal((await github.pull(pull.number)).head.sha, pull.head.sha);
    await github.promote("dev", "sha-3333333");
    assert.equal((await run())[0]?.state, "updated");
    const rebuilt = await github.pull(pull.number);
    assert.equal(rebuilt.title, "Release api sha-3333333 to prod");
    assert.notEqual(rebuilt.head.sha, pull.head.sha);
    assert.match(rebuilt.body ?? "", /@dora asked for #1\n- @dev asked for #3|@dev asked for #3\n- @dora asked for #1/);
  });

  it("merges after an approval by an owner who is not a contributor, and writes a valid record", async () => {
    await github.promote("art", "sha-2222222");
    const number = (await run())[0]?.number ?? 0;
    await github.validate(number);
    assert.equal((await github.fourEyes())?.title, "Waits for an approval");

    await github.approve("art", number);
    const verdict = await github.fourEyes();
    assert.equal(verdict?.conclusion, "failure");
    assert.match(verdict.summary, /^- art asked for #1, which this releases: their approval does not count/);
    assert.equal((await run())[0]?.reason, "Approved by art, who contributed to it.");

    await approved("dev", number);
    assert.match((await run())[0]?.reason ?? "", /^Approved by art and dev, who /);
    await approved("ann", number);
    assert.deepEqual((await run())[0], {
      environment: "prod",
      unit: "api",
      state: "merged",
      number,
      url: (await github.pull(number)).html_url,
    });
    assert.match(await github.read(FILE, "env/prod"), /sha-2222222/);
    const found = await record();
    assert.ok("approvedBy" in found, JSON.stringify(found));
    assert.deepEqual([found.approvedBy, found.promotedBy, found.pullRequest], [["@ann"], ["@art"], number]);
    const merge = await github.octokit("owner").rest.repos.getCommit({ ...gitops, ref: "env/prod" });
    assert.equal(
      merge.data.commit.message.trim(),
      `Release api sha-2222222 to prod (#${number})\n\n` +
        `Service: api\nEnvironment: prod\nImage: sha-2222222\nPull-Request: ${number}`,
    );
    assert.deepEqual(await run(), []);
  });

  it("does not merge if the approval was dismissed after the check", async () => {
    await github.promote("art", "sha-2222222");
    const number = (await run())[0]?.number ?? 0;
    await github.approve("art", number);
    const review = await github.approve("ann", number);
    await github.validate(number);
    await github.fourEyes(number);
    await github.dismiss(number, review);
    assert.equal((await run())[0]?.reason, "Approved by art, who contributed to it.");
    assert.match(await github.read(FILE, "env/prod"), /sha-a1b2c3d/);
  });

  it("writes the record of a release that an earlier run merged without one", async () => {
    await github.promote("dora", "sha-2222222");
    const first = (await run())[0]?.number ?? 0;
    await approved("ann", first);
    assert.ok("merged" in (await github.mergeApproved(first)));
    const none = await record();
    assert.match("reason" in none ? none.reason : "", /^there is no record release\/prod\//);
    await github.promote("dora", "sha-3333333");
    const second = (await run())[0]?.number ?? 0;
    const before = await record();
    assert.ok("approvedBy" in before);
    assert.equal(before.pullRequest, first);
    await approved("art", second);
    assert.equal((await run())[0]?.state, "merged");
    const after = await record();
    assert.ok("approvedBy" in after);
    assert.deepEqual([after.approvedBy, after.promotedBy, after.pullRequest], [["@art"], ["@dora"], second]);
  });

  it("merges after break-glass, sends alerts, and records the person and the reason in a valid record", async () => {
    const receiver = new Receiver();
    await receiver.start();
    process.env.GITOPS_ALERTS_URL = receiver.url;
    try {
      await github.promote("art", "sha-2222222");
      const number = (await run())[0]?.number ?? 0;
      assert.equal((await run())[0]?.state, "waits");
      await approved("art", number);
      assert.match((await run())[0]?.reason ?? "", /^Approved by art, who contributed to it/);
      const order = { service: "api", environment: "prod", by: "art", reason: "the site is down" };
      await github.as("release", (session) => breakGlass(session, order));
      await github.fourEyes();
      assert.equal((await run())[0]?.state, "merged");
      const { html_url: url } = await github.pull(number);
      assert.deepEqual(
        receiver.received.map(({ payload }) => [payload.event, payload.service, payload.environment, payload.url]),
        ["waiting-for-approval", "break-glass-used"].map((event) => [event, "api", "prod", url]),
      );
    } finally {
      delete process.env.GITOPS_ALERTS_URL;
      await receiver.stop();
    }
    const found = await record();
    assert.ok("approvedBy" in found, JSON.stringify(found));
    assert.deepEqual([found.approvedBy, found.promotedBy, found.breakGlass], [[], ["@art"], "@art the site is down"]);
  });

  it("closes a release without changes, and does not reopen one that a person closed", async () => {
    await github.promote("dora", "sha-2222222");
    const number = (await run())[0]?.number ?? 0;
    await github.octokit("ann").rest.pulls.update({ ...gitops, pull_number: number, state: "closed" });
    assert.deepEqual(
      (await run()).map(({ state }) => state),
      ["declined"],
    );
    await github.octokit("ann").rest.pulls.update({ ...gitops, pull_number: number, state: "open" });
    await github.promote("dora", "sha-a1b2c3d");
    assert.deepEqual(
      (await run()).map(({ state, number: closed }) => [state, closed]),
      [["closed", number]],
    );
    assert.equal((await github.pull(number)).state, "closed");
    assert.deepEqual(await run(), []);
    const branches = await github.octokit("owner").rest.repos.listBranches(gitops);
    assert.deepEqual(
      branches.data.map(({ name }) => name),
      ["env/prod", "main"],
    );
  });

  it("releases charts separately, and then the values that need them", async () => {
    const schema = JSON.parse(await github.read("charts/service/values.schema.json", "main")) as {
      properties: Record<string, unknown>;
    };
    schema.properties.tier = { type: "string" };
    const values = await github.read(FILE);
    const chart = { "charts/service/values.schema.json": JSON.stringify(schema, null, 2) };
    await github.land(await github.propose("pia", "main", "tier", "Take a tier", chart), "pat");
    const tier = {
      [FILE]: `${values}tier: gold\n`,
      "environments/staging/api.yaml": `${await github.read("environments/staging/api.yaml", "main")}tier: gold\n`,
    };
    await github.land(await github.propose("dora", "main", "gold", "Be gold", tier));

    const [charts, api] = await run();
    assert.deepEqual([charts?.unit, charts?.state, api?.unit, api?.state], ["charts", "opened", "api", "blocked"]);
    assert.match(api?.reason ?? "", /^environments\/prod\/api\.yaml: needs the charts of main/);
    assert.match(
      (await github.pull(charts?.number ?? 0)).body ?? "",
      /Nothing changes in the cluster: [^]*- @pia opened #1/,
    );
    await approved("ann", charts?.number ?? 0);
    assert.deepEqual(
      (await run()).map(({ unit, state }) => [unit, state]),
      [
        ["charts", "merged"],
        ["api", "opened"],
      ],
    );
    assert.deepEqual(await openNumbers(), [4]);
  });

  it("releases a chart with the manifests of every service, and renders a waiting release again", async () => {
    await github.promote("dora", "sha-2222222");
    const waiting = (await run())[0]?.number ?? 0;
    const before = (await github.pull(waiting)).head.sha;
    const template = "charts/service/templates/_probes.tpl";
    const slower = (await github.read(template)).replace("periodSeconds: 10", "periodSeconds: 11");
    const change = await github.propose("pia", "main", "slower", "Look less often", { [template]: slower });
    await github.land(change, "pat");
    const [charts] = await run();
    const pull = await github.pull(charts?.number ?? 0);
    assert.deepEqual([charts?.unit, charts?.state, pull.changed_files], ["charts", "opened", 2]);
    assert.match(pull.body ?? "", /What changes in the cluster:[^]*\n-\s+periodSeconds: 10\n\+\s+periodSeconds: 11\n/);
    assert.equal(await github.validate(pull.number), "# Valid\n");
    assert.equal((await github.pull(waiting)).head.sha, before);

    await approved("ann", pull.number);
    const states = (await run()).map(({ unit, state }) => [unit, state]);
    assert.deepEqual(states, [
      ["charts", "merged"],
      ["api", "waits"],
    ]);
    assert.equal(await github.validate(waiting), "# Valid\n");
    await approved("ann", waiting);
    assert.equal((await run())[0]?.state, "merged");
    const manifests = await github.read(MANIFESTS, "env/prod");
    assert.match(manifests, /image: ghcr\.io\/vaarak\/api:sha-2222222\n[^]*periodSeconds: 11\n/);
  });

  it("renders a release again, instead of merging it, after another one of the same run was merged", async () => {
    await github.promote("dora", "sha-2222222");
    // The chart has the tag a second time, far from the image. Git would merge both renderings without a conflict, and
    // keep the old tag there.
    const template = "charts/service/templates/serviceaccount.yaml";
    const marked = (await github.read(template)).replace(
      "  labels:\n",
      "  labels:\n    built: {{ .Values.image.tag }}\n",
    );
    await github.land(await github.propose("pia", "main", "mark", "Say the tag", { [template]: marked }), "pat");
    const [charts, api] = await run();
    assert.deepEqual([charts?.unit, api?.unit], ["charts", "api"]);
    for (const one of [charts, api]) await approved("ann", one?.number ?? 0);
    const states = (await run()).map(({ unit, state }) => [unit, state]);
    assert.deepEqual(states, [
      ["charts", "merged"],
      ["api", "updated"],
    ]);
    assert.match(await github.read(MANIFESTS, "env/prod"), /built: sha-a1b2c3d\n/);
    await approved("ann", api?.number ?? 0);
    assert.equal((await run())[0]?.state, "merged");
    const manifests = await github.read(MANIFESTS, "env/prod");
    assert.match(manifests, /built: sha-2222222\n/);
    assert.doesNotMatch(manifests, /sha-a1b2c3d/);
  });

  it("accepts a revert of a release's merge, with values and manifests", async () => {
    const before = await github.read(MANIFESTS, "env/prod");
    await github.promote("dora", "sha-2222222");
    const number = (await run())[0]?.number ?? 0;
    await approved("ann", number);
    assert.equal((await run())[0]?.state, "merged");
    const clone = await github.clone("dora", "--branch=env/prod");
    await clone.git("checkout", "--quiet", "-b", "undo");
    await clone.git("revert", "--no-edit", "-m", "1", "HEAD");
    await clone.git("push", "--quiet", "origin", "undo");
    const request = { ...gitops, title: "Revert", head: "undo", base: "env/prod" };
    const { data } = await github.octokit("dora").rest.pulls.create(request);
    assert.equal(await github.validate(data.number), "# Valid\n");
    assert.equal(await clone.git("show", `HEAD:${MANIFESTS}`), before.trimEnd());
  });

  it("keeps the approval of a release if another one is merged", async () => {
    const files = Object.fromEntries(
      await Promise.all(
        ["staging", "prod"].map(async (environment) => [
          `environments/${environment}/web.yaml`,
          (await github.read(`environments/${environment}/api.yaml`, "main")).replaceAll("vaarak/api", "vaarak/web"),
        ]),
      ),
    ) as Record<string, string>;
    const services = { "services/web.yaml": "team: developers\nenvironments: [staging, prod]\n" };
    const all = { ...files, ...services, ...rendered(services) };
    await github.land(await github.propose("dora", "main", "web", "Add web", all), "pat");
    await github.promote("dora", "sha-2222222");
    const [api, web] = await run();
    assert.deepEqual([api?.unit, web?.unit], ["api", "web"]);
    await github.approve("ann", api?.number ?? 0);
    await approved("art", web?.number ?? 0);
    const after = await run();
    assert.deepEqual(
      after.map(({ unit, state }) => [unit, state]),
      [
        ["web", "merged"],
        ["api", "waits"],
      ],
    );
    await github.validate(api?.number ?? 0);
    await github.fourEyes();
    assert.equal((await run())[0]?.state, "merged");
  });
});

describe("gitops release of a service without a declaration, as an older version has them", function () {
  this.timeout("30m"); // the tools may have to be built first
  const github = new GitopsRepository();
  useTools();
  after(() => github.remove());

  it("removes its values and manifests, and a person's pull request may do the same", async () => {
    const staging = "environments/staging/api.yaml";
    await github.make({ files: { [FILE]: read(FILE), [staging]: read(staging) }, manifests: ["api"] });
    const removed = { [FILE]: null, [MANIFESTS]: null };
    const byHand = await github.propose("dora", "env/prod", "removed", "Remove api", removed);
    assert.equal(await github.validate(byHand), "# Valid\n");
    const gone = { [FILE]: null, [staging]: null };
    await github.land(await github.propose("dora", "main", "gone", "Remove api", gone));
    const [removal] = await github.as("release", (session) => release(session, { signingKey: github.key.privateKey }));
    const pull = await github.pull(removal?.number ?? 0);
    assert.deepEqual([pull.title, pull.changed_files], ["Remove api from prod", 2]);
    assert.equal(await github.validate(pull.number), "# Valid\n");
  });
});

describe("gitops release to an environment without manifests", function () {
  this.timeout("30m"); // the tools may have to be built first
  const github = new GitopsRepository();
  useTools();
  before(() => github.make({ manifests: [] }));
  after(() => github.remove());

  it("releases the manifests of the current values, and states that nothing changes in the cluster", async () => {
    const options = { signingKey: github.key.privateKey };
    const run = () => github.as("release", (session) => release(session, options));
    const [first, ...more] = await run();
    assert.deepEqual([first?.unit, first?.state, more], ["api", "opened", []]);
    const pull = await github.pull(first?.number ?? 0);
    assert.deepEqual([pull.title, pull.changed_files], ["Render api for prod", 1]);
    assert.match(pull.body ?? "", /^Brings the manifests of api: [^]*\n\nNothing changes in the cluster: /);
    assert.equal(await github.validate(pull.number), "# Valid\n");
    assert.equal((await run())[0]?.state, "waits");
    await github.approve("ann", pull.number);
    await github.fourEyes(pull.number);
    assert.equal((await run())[0]?.state, "merged");
    assert.deepEqual(await run(), []);
  });
});
