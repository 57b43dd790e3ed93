/** A service whose declaration leaves staging out, beside one without a declaration, on the stand-in. */
import assert from "node:assert/strict";
import { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { graph } from "@gitops-platform/environments/environments";
import { GitopsRepository, repository, values } from "@gitops-platform/test-support/gitops-repository";
import { deliveryOf } from "@gitops-platform/test-support/platform-content";
import { Follower } from "../../board/follow";
import { parseDeclarations } from "../../catalogue/declaration";
import { deliveryFiles } from "../../catalogue/delivery";
import { printStatus } from "../../commands/status";
import { readHistory } from "../../history/history";
import { rulesAt } from "../../rules";
import { readStatus } from "../../status/status";
import { fromPullRequest } from "../../validate/pull-request";
import { unrequestedPromotion } from "../../validate/bot";
import { mirrored } from "../../validate/values";
import { promoteAutomatically } from "../../versions/automatic";
import { promoteTo, promoteToNext } from "../../versions/promote";
import { environmentOf, gitops } from "../command";

const [OLD, NEW] = ["sha-1111111", "sha-2222222"];
const fileIn = (environment: string, service = "web") => `environments/${environment}/${service}.yaml`;
const DECLARATION = { "services/web.yaml": "team: developers\nenvironments: [dev, prod]\n" };
const { declarations } = parseDeclarations(new Map(Object.entries(DECLARATION)), graph);
const FILES = {
  "gitops.yaml": "promotion: { prod: { automatic: true, healthyFor: 1h } }\n",
  ...DECLARATION,
  ...Object.fromEntries(["dev", "prod"].flatMap((name) => [...deliveryFiles(name, declarations, deliveryOf(graph))])),
  [fileIn("dev")]: values(NEW, "web"),
  [fileIn("prod")]: values(OLD, "web"),
  // No declaration says that api is not to be in staging.
  [fileIn("dev", "api")]: values(NEW),
  [fileIn("prod", "api")]: values(OLD),
};
const order = { service: "web", from: "dev", force: "no cluster reports here" };

describe("a service that skips staging", function () {
  this.timeout(240_000);
  this.slow(20_000);
  let github: GitopsRepository;
  let main: string;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make({ files: FILES, manifests: ["web", "api"] });
    const { data } = await github.octokit("owner").rest.git.getRef({ ...repository, ref: "heads/main" });
    main = data.object.sha;
  });
  afterEach(() => github.remove());

  /** Says as Argo CD does that a service is healthy in an environment. */
  const report = async (environment: string) => {
    const { repos } = github.octokit("argocd").rest;
    const asked = { ...repository, ref: main, environment, auto_merge: false, required_contexts: [] };
    const { data } = await repos.createDeployment(asked);
    assert.ok("id" in data);
    await repos.createDeploymentStatus({ ...repository, deployment_id: data.id, state: "success" });
  };
  const messages = async () => (await github.log())[0] ?? "";

  it("is promoted from dev to prod, which follow each other for it", async () => {
    github.judge();
    const outcomes = await github.change((session, waiting) => promoteToNext(session, order, waiting));
    assert.deepEqual(
      outcomes.map(({ environment, state }) => [environment, state]),
      [["prod", "merged"]],
    );
    assert.match(await messages(), /^Promote web sha-2222222 from dev to prod .*^Promoted-From: dev$/ms);
    await github.as("owner", async ({ clone }) => {
      const wanted = { service: "web", environments: graph.names, since: undefined };
      const { warnings } = await readHistory(clone, wanted);
      assert.deepEqual(warnings, []);
    });
  });

  it("is promoted to prod by name, and not from or to staging", async () => {
    github.judge();
    const to = (from: string, name: string, service = "web") =>
      github.change((session, waiting) => promoteTo(session, { ...order, service, from, to: name }, waiting));
    await assert.rejects(to("dev", "staging"), /^Failure: to: got staging; expected prod, which follows dev\. /);
    await assert.rejects(to("staging", "prod"), /^Failure: from: got staging; expected an environment that another/);
    await assert.rejects(to("dev", "prod", "api"), /^Failure: to: got prod; expected staging, which follows dev\. /);
    assert.equal((await to("dev", "prod")).state, "merged");
  });

  it("keeps a service in its order that is only not there, or is declared there", async () => {
    const next = github.change((session, waiting) => promoteToNext(session, { ...order, service: "api" }, waiting));
    await assert.rejects(next, /^Failure: staging: got no values for api; expected some, .*tries versions for prod\./);
    const declared = { "services/web.yaml": "team: developers\nenvironments: [dev, staging, prod]\n" };
    const number = await github.propose("dora", "main", "declare", "Declare", declared);
    await github.sayValid(number);
    await github.approve("pat", number);
    await github.merge("dora", number);
    const web = github.change((session, waiting) => promoteToNext(session, order, waiting));
    await assert.rejects(web, /^Failure: staging: got no values for web; expected some/);
  });

  it("is refused by the command only for environments that no way leads to", async () => {
    const command = (...args: string[]) => gitops(environmentOf(github.url, "dora"), "promote", ...args);
    const back = await command("web", "--from", "prod", "--to", "dev");
    assert.match(back.stderr, /^from: got prod; expected an environment that another one follows\./m);
    const onward = await command("api", "--from", "dev", "--to", "prod");
    assert.equal(onward.code, 1);
    assert.match(onward.stderr, /^to: got prod; expected staging, which follows dev\./m);
  });

  it("is promoted automatically from dev, and validate accepts that", async () => {
    await report("dev/web");
    await report("dev/api");
    github.judge();
    const later = Date.now() + 2 * 3_600_000;
    const outcomes = await github.change((session, waiting) => promoteAutomatically(session, waiting, later));
    assert.deepEqual(
      outcomes.map(({ service, environment, state }) => [service, environment, state]),
      [["web", "prod", "merged"]],
    );
    const [pull] = await github.pulls();
    assert.equal(pull?.title, "Promote web sha-2222222 from dev to prod");
  });

  it("may be promoted by a bot by the rule, with dev's version and no other", async () => {
    const found = async (tag: string) => {
      const message = "Promote web\n\nService: web\nPromoted-From: dev\nRule: promotion.prod";
      const branch = "promote/web-to-prod";
      const number = await github.propose("bump", "main", branch, message, { [fileIn("prod")]: values(tag, "web") });
      return github.as("release", async (session) => {
        const { candidate, request } = await fromPullRequest(session, { number });
        const { rules } = await rulesAt(session.clone, candidate.base, graph);
        const problems = [
          ...(await unrequestedPromotion(candidate, request)),
          ...(await mirrored(candidate, rules.staging)),
        ];
        await github.octokit("owner").rest.pulls.update({ ...repository, pull_number: number, state: "closed" });
        await github.octokit("owner").rest.git.deleteRef({ ...repository, ref: `heads/${branch}` });
        return problems.map(({ message: text }) => text);
      });
    };
    assert.deepEqual(await found(NEW), []);
    const [evil] = await found("sha-bad0bad");
    assert.match(evil ?? "", /Got sha-bad0bad; expected sha-2222222, the version of dev\./);
  });

  it("is shown as skipped there, by status and on the board, and as ahead of prod in dev", async () => {
    await github.as("owner", async (session) => {
      const status = await readStatus(session, graph.names);
      const of = (service: string) =>
        status.services.find(({ name }) => name === service)?.environments.map(({ skipped }) => skipped ?? false);
      assert.deepEqual(
        [of("web"), of("api")],
        [
          [false, true, false],
          [false, false, false],
        ],
      );
      const printed = printStatus(status, { width: Infinity, color: false });
      assert.match(printed, /^web +staging +skipped +– +–$/m);
      assert.match(printed, /^api +staging +– +– +nothing known$/m);

      const follower = new Follower({ session, clusters: new Map(), signal: AbortSignal.timeout(60_000) });
      await follower.once();
      const row = follower.board.rows.find(({ service }) => service === "web");
      assert.deepEqual(
        row?.cells.map(({ state, transition }) => [state, transition.state, transition.image]),
        [
          ["unknown", "none", null],
          ["skipped", "none", null],
          ["unknown", "ahead", NEW],
        ],
      );
      const pipeline = row.pipelines.find(({ image }) => image === NEW);
      assert.deepEqual(
        pipeline?.stages.map(({ state }) => state),
        ["here", "skipped", "not yet"],
      );
    });
  });
});

describe("the environments of a service", () => {
  const node = (name: string, promotesFrom?: string) => ({
    ...{ name, stage: "staging" as const, promotesFrom, waitsForApproval: false },
  });
  const all = new EnvironmentGraph([node("dev"), node("qa", "dev"), node("us", "qa"), node("eu", "qa")]);

  it("follow the nearest one before them that is not left out", () => {
    const without = (...names: string[]) => all.without(new Set(names));
    assert.deepEqual(without("qa").next("dev"), ["us", "eu"]);
    assert.deepEqual([without("qa", "us").previous("eu"), without("qa").previous("qa")], ["dev", undefined]);
    assert.deepEqual(without("dev").entry, "qa");
    assert.deepEqual(without().names, all.names);
  });

  it("lead to those behind them, also through others", () => {
    const led = (from: string, to: string) => all.leads(from, to);
    assert.deepEqual(
      [led("dev", "eu"), led("qa", "us"), led("us", "eu"), led("eu", "dev"), led("qa", "qa")],
      [...[true, true, false, false, false]],
    );
  });
});
