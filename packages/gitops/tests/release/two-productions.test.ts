/**
 * A fourth environment, `prod-eu`, beside `prod`, each with its own approvers, on the stand-in, over HTTP and Git.
 * These tests run without Helm: they set the check `validate` themselves, as its App.
 */
import assert from "node:assert/strict";
import { EnvironmentGraph } from "@gitops-platform/contract/environment-graph";
import { readHistory } from "../../history/history";
import { release } from "../../release/release";
import { readStatus } from "../../status/status";
import { promote, promoteToNext } from "../../versions/promote";
import { rollback } from "../../versions/rollback";
import { environmentOf, gitops } from "../command";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { TWO_PRODUCTIONS, twoProductionsValues } from "@gitops-platform/test-support/graphs";

const OLD = "sha-a1b2c3d";
const NEW = "sha-2222222";
const fileOf = (environment: string) => `environments/${environment}/api.yaml`;
const FILES = twoProductionsValues();
const order = { service: "api", from: "staging", force: "no cluster reports here" };

describe("two environments that are promoted from staging", function () {
  this.timeout(240_000);
  this.slow(30_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make({
      graph: TWO_PRODUCTIONS,
      approvers: { "prod-eu": ["pat", "pia"] },
      files: FILES,
      manifests: ["api"],
    });
    const change = { [fileOf("staging")]: withTag(await github.read(fileOf("staging")), NEW) };
    const number = await github.propose("bump", "main", "promote/api-to-staging", "Promote api", change);
    await github.sayValid(number);
    await github.merge("bump", number);
  });
  afterEach(() => github.remove());

  const withTag = (text: string, tag: string) => text.replace(/tag: "[^"]*"/, `tag: "${tag}"`);
  const tagOn = async (branch: string, environment: string) =>
    /tag: "([^"]*)"/.exec(await github.read(fileOf(environment), branch))?.[1];
  const promoteAll = () => {
    github.judge();
    return github.change((session, waiting) => promoteToNext(session, order, waiting));
  };
  /** Opens a valid release of what main has, as the workflow does. */
  const ask = async (environment: string) => {
    const files = { [fileOf(environment)]: await github.read(fileOf(environment)) };
    const branch = `release/${environment}/api`;
    const title = `Release api ${NEW} to ${environment}`;
    const number = await github.propose("release", `env/${environment}`, branch, title, files);
    await github.sayValid(number);
    return number;
  };
  const run = async () => {
    const signingKey = github.key.privateKey;
    const outcomes = await github.as("release", (session) => release(session, { thorough: false, signingKey }));
    return Object.fromEntries(outcomes.map(({ environment, state }) => [environment, state]));
  };

  it("get a version by one promotion, and each runs it after its own approver approved it", async () => {
    const promoted = await promoteAll();
    assert.deepEqual(
      promoted.map(({ environment, state, release: branch }) => [environment, state, branch]),
      [
        ["prod", "merged", "env/prod"],
        ["prod-eu", "merged", "env/prod-eu"],
      ],
    );
    const [prod, eu] = [await ask("prod"), await ask("prod-eu")];
    assert.deepEqual(await run(), { prod: "waits", "prod-eu": "waits" });

    await github.approve("ann", prod);
    assert.deepEqual(await run(), { prod: "merged", "prod-eu": "waits" });
    assert.deepEqual([await tagOn("env/prod", "prod"), await tagOn("env/prod-eu", "prod-eu")], [NEW, OLD]);

    // An approver of prod is not one of prod-eu.
    await github.approve("ann", eu);
    assert.deepEqual(await run(), { "prod-eu": "waits" });
    assert.equal(await tagOn("env/prod-eu", "prod-eu"), OLD);
    await github.approve("pia", eu);
    assert.deepEqual(await run(), { "prod-eu": "merged" });
    assert.equal(await tagOn("env/prod-eu", "prod-eu"), NEW);

    await github.as("owner", async (session) => {
      const wanted = { service: "api", environments: ["prod", "prod-eu"], since: undefined };
      const { deployments, warnings } = await readHistory(session.clone, wanted);
      const found = deployments.filter(({ to }) => to === NEW);
      const approvers = Object.fromEntries(
        found.map(({ environment, approval }) => [environment, approval.state === "approved" ? approval.by : approval]),
      );
      assert.deepEqual([approvers, warnings], [{ prod: ["@ann"], "prod-eu": ["@pia"] }, []]);
      const { environments } = await readStatus(session, session.graph.names);
      assert.deepEqual(
        environments.map(({ name, branch }) => `${name}: ${branch}`),
        ["dev: main", "staging: main", "prod: env/prod", "prod-eu: env/prod-eu"],
      );
    });

    const back = { service: "api", environment: "prod-eu", reason: "latency", to: undefined };
    const outcome = await github.change((session, waiting) => rollback(session, back, waiting));
    assert.deepEqual([outcome.state, outcome.release], ["merged", "env/prod-eu"]);
    assert.deepEqual([await tagOn("main", "prod"), await tagOn("main", "prod-eu")], [NEW, OLD]);
  });

  it("can be promoted one at a time, and an approver chooses between two releases with --env", async () => {
    github.judge();
    const one = await github.change((session, waiting) => promote(session, { ...order, to: "prod-eu" }, waiting));
    assert.equal(one.state, "merged");
    assert.deepEqual([await tagOn("main", "prod"), await tagOn("main", "prod-eu")], [OLD, NEW]);
    const all = await promoteAll();
    assert.deepEqual(
      all.map(({ state }) => state),
      ["merged", "already"],
    );
    const eu = await ask("prod-eu");
    const env = environmentOf(github.url, "pia");
    const { stdout } = await gitops(env, "approve", "api", "--json");
    assert.equal((JSON.parse(stdout) as { number: number }).number, eu);
    await ask("prod");
    const { stderr, code } = await gitops(env, "approve", "api");
    assert.equal(code, 1);
    const both =
      /^api: got open releases into (prod, prod-eu|prod-eu, prod); expected one\. Add --env, or --all for all/m;
    assert.match(stderr, both);
  });

  it("get no version that staging did not try, and are skipped without values for the service", async () => {
    const removed = { [fileOf("prod-eu")]: null, [fileOf("staging")]: null };
    await github.push("owner", "main", "skip", removed);
    const skip = await github.request("owner", "skip", "main");
    await github.sayValid(skip);
    await github.merge("bump", skip);
    github.judge();
    await assert.rejects(
      github.change((session, waiting) => promoteToNext(session, { ...order, from: "dev" }, waiting)),
      /^Failure: staging: got no values for api; expected some, .*tries versions for prod\. Restore .*\/api\.yaml/,
    );
    assert.equal(await tagOn("main", "prod"), OLD);
    await assert.rejects(
      github.change((session, waiting) => promoteToNext(session, { ...order, from: "prod" }, waiting)),
      /^Failure: from: got prod; expected an environment that another one with values for api follows\./,
    );
  });

  it("are not confused with each other, or with a branch of a similar name", async () => {
    await promoteAll();
    // A release of prod-eu into prod, and the other way round.
    const text = await github.read(fileOf("prod-eu"));
    const crossed = await github.propose("release", "env/prod", "release/prod-eu/api", "Release", {
      [fileOf("prod-eu")]: text,
    });
    assert.match(
      await github.validate(crossed),
      /expected one that env\/prod takes: environments\/prod\/&lt;service>\.yaml/,
    );
    assert.match(await github.validate(crossed), /Got the branch release\/prod-eu\/api; expected release\/prod\/…/);
    const same = await github.request("dora", "release/prod-eu/api", "env/prod-eu");
    // The check of one base does not count for the other, although both have the same commit.
    await github.sayValid(crossed);
    const { data } = await github.octokit("owner").rest.checks.listForRef({
      ...repository,
      ref: (await github.pull(same)).head.sha,
    });
    assert.deepEqual(
      data.check_runs.filter(({ conclusion }) => conclusion === "success").map(({ name }) => name),
      ["validate (env/prod)"],
    );
    await github.approve("ann", crossed);
    await github.approve("pia", same);
    assert.deepEqual(Object.values(await run()).includes("merged"), false);

    const refused = [
      "env/prod-e",
      "env/prod-eu2",
      "env/pro",
      "env/prod/x",
      "env/prod-eu/x",
      "env/staging",
      "release/prod",
    ];
    for (const branch of refused) {
      await assert.rejects(github.push("dora", "main", branch, { "README.md": branch }), branch);
    }
    for (const branch of ["env/prod", "env/prod-eu"]) {
      await assert.rejects(github.push("dora", branch, branch, { "README.md": branch }), branch);
    }
  });
});

describe("a promotion to all that follow", function () {
  this.timeout(240_000);
  this.slow(30_000);
  const github = new GitopsRepository();
  after(() => github.remove());

  it("passes over an environment without values that tries no versions for production", async () => {
    const [dev, staging, prod] = TWO_PRODUCTIONS.environments;
    assert.ok(dev && staging && prod);
    const qa = { ...staging, name: "qa" };
    await github.make({
      graph: new EnvironmentGraph([dev, qa, { ...staging, promotesFrom: "qa" }, prod]),
      files: { ...FILES, [fileOf("dev")]: (FILES[fileOf("dev")] ?? "").replace(OLD, NEW) },
    });
    github.judge();
    const from = { ...order, from: "dev" };
    const outcomes = await github.change((session, waiting) => promoteToNext(session, from, waiting));
    assert.deepEqual(
      outcomes.map(({ environment, state }) => [environment, state]),
      [["staging", "merged"]],
    );
  });
});
