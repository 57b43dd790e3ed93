/** Releases of one service into several productions, approved together, on the stand-in, over HTTP and Git. */
import assert from "node:assert/strict";
import { approveAll } from "../../commands/approve";
import type { Approved } from "../../release/wave";
import { release } from "../../release/release";
import { environmentOf, gitops } from "../command";
import { GitopsRepository } from "@gitops-platform/test-support/gitops-repository";
import { TWO_PRODUCTIONS, twoProductionsValues } from "@gitops-platform/test-support/graphs";

const NEW = "sha-2222222";
const OTHER = "sha-3333333";
const fileOf = (environment: string) => `environments/${environment}/api.yaml`;
const FILES = twoProductionsValues();
const withTag = (text: string, tag: string) => text.replace(/tag: "[^"]*"/, `tag: "${tag}"`);

describe("the releases of a service into two productions", function () {
  this.timeout(240_000);
  this.slow(30_000);
  let github: GitopsRepository;
  beforeEach(async () => {
    github = new GitopsRepository();
    await github.make({
      graph: TWO_PRODUCTIONS,
      // ann approves in prod alone, art in both.
      approvers: { "prod-eu": ["art", "pia"] },
      files: FILES,
      manifests: ["api"],
    });
  });
  afterEach(() => github.remove());

  /** Lets a version into `main` for both, as a promotion does that dora requested. */
  const promote = async () => {
    const names = ["staging", "prod", "prod-eu"].map(fileOf);
    const files = Object.fromEntries(names.map((name) => [name, withTag(FILES[name] ?? "", NEW)]));
    const message = "Promote api\n\nRequested-By: @dora";
    const number = await github.propose("bump", "main", "promote/api-to-prod", message, files);
    await github.sayValid(number);
    await github.merge("bump", number);
  };
  /** The environments whose release the workflow merges. */
  const merged = async () => {
    const signingKey = github.key.privateKey;
    const outcomes = await github.as("release", (session) => release(session, { thorough: false, signingKey }));
    return outcomes.filter(({ state }) => state === "merged").map(({ environment }) => environment);
  };
  /** Opens a release of what an environment's branch has, with a change. Its title names the new version. */
  const ask = async (environment: string, change: (text: string) => string, login = "release") => {
    const text = change(await github.read(fileOf(environment), `env/${environment}`));
    const [branch, base] = [`release/${environment}/api`, `env/${environment}`];
    await github.push("release", base, branch, { [fileOf(environment)]: text });
    const number = await github.request(login, branch, base, `Release api ${NEW} to ${environment}`);
    await github.sayValid(number);
    return number;
  };
  const bring = (tag: string) => (text: string) => withTag(text, tag);
  const approve = (login: string, ...options: string[]) => {
    return gitops(environmentOf(github.url, login), "approve", "api", ...options);
  };
  /** Who approved which commit of a pull request. */
  const approvals = async (number: number) => {
    const { data } = await github
      .octokit("owner")
      .rest.pulls.listReviews({ owner: "vaarak", repo: "gitops", pull_number: number });
    return data.map(({ user, commit_id: commit }) => [user?.login, commit]);
  };
  const headOf = async (number: number) => (await github.pull(number)).head.sha;

  it("are printed and approved together, each at the printed commit", async () => {
    await promote();
    const [prod, eu] = [await ask("prod", bring(NEW)), await ask("prod-eu", bring(NEW))];
    const { stdout, stderr, code } = await approve("art", "--all", "--json");
    assert.equal(code, 0, stderr);
    const [headOfProd, headOfEu] = [await headOf(prod), await headOf(eu)];
    assert.deepEqual(
      (JSON.parse(stdout) as Approved[]).map(({ environment, number, commit, by }) => [
        environment,
        number,
        commit,
        by,
      ]),
      [
        ["prod", prod, headOfProd, "art"],
        ["prod-eu", eu, headOfEu, "art"],
      ],
    );
    assert.match(stderr, /^Release api sha-2222222 to prod$[^]*^Release api sha-2222222 to prod-eu$/m);
    const change = `sha-a1b2c3d → ${NEW}`;
    const summary = `\napi: ${change} into prod (#${prod}); ${change} into prod-eu (#${eu})\n`;
    assert.ok(stderr.includes(summary), stderr);
    assert.deepEqual([await approvals(prod), await approvals(eu)], [[["art", headOfProd]], [["art", headOfEu]]]);

    assert.deepEqual(await merged(), ["prod", "prod-eu"]);
  });

  it("are not approved at a commit that was pushed after they were printed", async () => {
    await promote();
    const [prod, eu] = [await ask("prod", bring(NEW)), await ask("prod-eu", bring(NEW))];
    const printed = [await headOf(prod), await headOf(eu)];
    const { approved } = await github.as("art", async (session) => {
      let printing: Promise<void> | undefined;
      const log = () => {
        printing ??= github.push("release", "env/prod-eu", "release/prod-eu/api", {
          [fileOf("prod-eu")]: withTag(FILES[fileOf("prod-eu")] ?? "", OTHER),
        });
      };
      session.github.hook.before("request", async ({ method }) => {
        if (method === "POST") await printing;
      });
      return approveAll({ ...session, log }, "api");
    });
    assert.deepEqual(
      approved.map(({ commit }) => commit),
      printed,
    );
    assert.notEqual(await headOf(eu), printed[1]);
    assert.deepEqual(await approvals(eu), [["art", printed[1]]]);
    assert.deepEqual(await merged(), ["prod"]);
  });

  it("are not approved at all if they bring different versions", async () => {
    const [prod, eu] = [await ask("prod", bring(NEW)), await ask("prod-eu", bring(OTHER))];
    const { stdout, stderr, code } = await approve("art", "--all");
    assert.deepEqual([stdout, code], ["", 1]);
    assert.match(
      stderr,
      /^version: got \S+:sha-2222222 into prod, \S+:sha-3333333 into prod-eu; expected the same in all .*--env/m,
    );
    assert.deepEqual([await approvals(prod), await approvals(eu)], [[], []]);
  });

  it("are not approved at all if one changes something else too, whatever its title says", async () => {
    const more = (text: string) => `${withTag(text, NEW)}\nenv:\n  EVIL: "true"\n`;
    const [prod, eu] = [await ask("prod", bring(NEW)), await ask("prod-eu", more)];
    const { stderr, code } = await approve("art", "--all");
    assert.equal(code, 1);
    const expected = /^contents: got version into prod, version and configuration into prod-eu; expected the same/m;
    assert.match(stderr, expected);
    assert.deepEqual([await approvals(prod), await approvals(eu)], [[], []]);
  });

  it("are not approved at all if one changes files that are not the service's", async () => {
    await ask("prod", bring(NEW));
    const path = fileOf("prod-eu");
    const files = { [path]: withTag(FILES[path] ?? "", NEW), "README.md": "Not the service's\n" };
    await github.propose("release", "env/prod-eu", "release/prod-eu/api", "Release api", files);
    const { stdout, stderr, code } = await approve("art", "--all");
    assert.deepEqual([stdout, code], ["", 1]);
    assert.match(stderr, /^contents: got version into prod, version and other files into prod-eu; expected/m);
  });

  it("are approved where the person can, and every other one is reported", async () => {
    const prod = await ask("prod", bring(NEW));
    const eu = await ask("prod-eu", bring(NEW));
    const { stdout, stderr, code } = await approve("ann", "--all", "--json");
    assert.equal(code, 1);
    assert.deepEqual(
      (JSON.parse(stdout) as Approved[]).map(({ number }) => number),
      [prod],
    );
    const refusal =
      /^prod-eu: got @ann, who owns nothing that the release changes; expected an approval by a code owner/m;
    assert.match(stderr, refusal);
    assert.match(stderr, /of env\/prod-eu\. Ask another code owner of env\/prod-eu: http\S+\/pull\/\d+$/m);
    assert.deepEqual([(await approvals(prod)).length, (await approvals(eu)).length], [1, 0]);
  });

  it("include a person's own, which GitHub does not let them approve", async () => {
    const own = await ask("prod", bring(NEW), "art");
    const eu = await ask("prod-eu", bring(NEW));
    const { stdout, stderr, code } = await approve("art", "--all");
    assert.equal(code, 1);
    assert.match(stdout, new RegExp(`^art approved \\S+/pull/${eu}: the workflow Release merges it [^\\n]*\\n$`));
    const refusal =
      'prod: got ".*Can not approve your own pull request.*"; expected GitHub to accept the approval. Ask';
    assert.match(stderr, new RegExp(`^${refusal}`, "m"));
    assert.deepEqual([(await approvals(own)).length, (await approvals(eu)).length], [0, 1]);
  });

  it("need --all or --env, and not both", async () => {
    const none = await approve("art", "--all");
    assert.deepEqual([none.stdout, none.code], ["", 1]);
    assert.match(none.stderr, /^api: got no open release; expected one\. See: gitops status$/m);
    const both = await approve("art", "--all", "--env", "prod");
    assert.deepEqual([both.stdout, both.code], ["", 1]);
    assert.equal(both.stderr, "all: got it beside --env prod; expected one of the two. Leave one out.\n");
    const unknown = await approve("art", "--env", "qa", "--all");
    assert.deepEqual(
      unknown.stderr.split("\n").map((line) => line.split(":")[0]),
      ["env", "all", ""],
    );
  });
});
