import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { preview, up, type StackOptions, type StackResult } from "@gitops-platform/engine";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { bundle } from "@gitops-platform/gitops/bundle";
import { StandIn } from "@gitops-platform/github-stand-in/tests/support";

// Tests that the rulesets are created, and that the program writes its files before them: with the local
// engine, against the GitHub stand-in, over HTTP. The end-to-end tests check what the rulesets refuse.

const SECRETS = {
  token: "token-of-ada",
  webhook: "hunter2-and-more",
  bumpKey: "bump-k3y",
  newBumpKey: "another-k3y",
  releaseKey: "release-k3y",
  alertsUrl: "https://hooks.example/hook-k3y",
};

describe("the repository on the GitHub stand-in", function () {
  this.timeout(120_000);
  const standIn = new StandIn();
  before(() => standIn.start());
  after(async () => {
    await standIn.remove();
  });

  const printed: unknown[] = [];

  /** A change persists for the tests that follow. */
  let bumpKey = SECRETS.bumpKey;

  function stack(environments: readonly string[], more: Record<string, unknown> = {}): StackOptions {
    const config = {
      "gitops-platform:githubToken": SECRETS.token,
      "gitops-platform:apiUrl": `${standIn.url}/`,
      "gitops-platform:checksApp": 17,
      "gitops-platform:environments": environments,
      "gitops-platform:webhookSecret": SECRETS.webhook,
      "gitops-platform:bumpAppKey": bumpKey,
      "gitops-platform:releaseAppKey": SECRETS.releaseKey,
      "gitops-platform:releaseAlertsUrl": SECRETS.alertsUrl,
      ...Object.fromEntries(Object.entries(more).map(([key, value]) => [`gitops-platform:${key}`, value])),
    };
    const configFile = join(standIn.folder, "Pulumi.test.yaml");
    writeFileSync(configFile, JSON.stringify({ config }));
    return {
      projectDir: join(__dirname, "program"),
      stack: "test",
      configFile,
      stateFile: join(standIn.folder, "state", "test.json"),
      report: (event) => printed.push(event),
    };
  }

  const changes = ({ counts: { same, ...changed } }: StackResult) => {
    assert.ok(same > 0);
    return Object.values(changed).reduce((sum, count) => sum + count, 0);
  };

  async function text(path: string, ref: string): Promise<string> {
    const { data } = await standIn.octokit("ada").rest.repos.getContent({ owner: "vaarak", repo: "gitops", path, ref });
    return Buffer.from((data as { content: string }).content, "base64").toString();
  }

  const write = (branch: string) =>
    standIn.octokit("ada").rest.repos.createOrUpdateFileContents({
      owner: "vaarak",
      repo: "gitops",
      path: `new-on-${branch}`,
      branch,
      message: "Without a pull request",
      content: "",
    });

  it("is created with content, owners of each branch, and rulesets", async () => {
    await up(stack(["prod"]));
    const config = ["/charts/", "/gitops.yaml", "/gitops.schema.json"];
    const catalogue = ["/services/", "/delivery/", "/service.schema.json"];
    const owned = [...config, ...catalogue, "/.github/"].map((path) => `\n${path} @ada @ben`);
    const owners = await text(".github/CODEOWNERS", "main");
    assert.ok(owners.endsWith(`${owned.join("")}\n`), owners);
    assert.match(await text(".github/CODEOWNERS", "env/prod"), /\n\* @ada @ben\n$/);
    assert.match(await text("manifests/api/manifests.yaml", "env/prod"), /^---\napiVersion: /);
    await assert.rejects(text("manifests/api/manifests.yaml", "main"), { status: 404 });
    assert.equal(
      await text("environments/prod/api.yaml", "env/prod"),
      await text("environments/prod/api.yaml", "main"),
    );
    for (const path of [GITOPS_PATH, ".github/workflows/review.yaml", ".github/gitops/allowed_signers"]) {
      assert.equal(await text(path, "env/prod"), await text(path, "main"));
    }
    assert.equal(await text(GITOPS_PATH, "main"), bundle());
    const { data } = await standIn.octokit("ada").rest.repos.getRepoRulesets({ owner: "vaarak", repo: "gitops" });
    assert.deepEqual(data.map(({ name, enforcement }) => [name, enforcement]).sort(), [
      ["env/*", "active"],
      ["env/prod", "active"],
      ["main", "active"],
      ["release", "active"],
      ["release/**/*", "active"],
      ["reserved branches", "active"],
    ]);
  });

  it("has a deployment environment with the key of each workflow App, and their ids", async () => {
    const { actions, repos } = standIn.octokit("ada").rest;
    for (const [environment_name, names] of [
      ["bump", ["ALERTS_URL", "BUMP_APP_KEY"]],
      ["release", ["ALERTS_URL", "RELEASE_APP_KEY"]],
    ] as const) {
      const place = { owner: "vaarak", repo: "gitops", environment_name };
      const { data: held } = await actions.listEnvironmentSecrets(place);
      assert.deepEqual(held.secrets.map((secret) => secret.name).sort(), names);
      const { data: policies } = await repos.listDeploymentBranchPolicies(place);
      assert.deepEqual(
        policies.branch_policies.map((policy) => policy.name),
        ["main"],
      );
    }
    const { data } = await actions.listRepoVariables({ owner: "vaarak", repo: "gitops" });
    assert.deepEqual(data.variables.map(({ name, value }) => [name, value]).sort(), [
      ["BUMP_APP_ID", "18"],
      ["RELEASE_APP_ID", "17"],
    ]);
  });

  it("lets nobody write without a pull request, not even its administrator", async () => {
    for (const branch of ["main", "env/prod"]) await assert.rejects(write(branch), { status: 409 });
    const git = standIn.octokit("ada").rest.git;
    const { data } = await git.getRef({ owner: "vaarak", repo: "gitops", ref: "heads/main" });
    const branch = { ref: "refs/heads/env/staging", sha: data.object.sha };
    await assert.rejects(git.createRef({ owner: "vaarak", repo: "gitops", ...branch }), { status: 422 });
  });

  it("lets nobody create a branch that blocks the platform's, and lets the platform create its own", async () => {
    const git = standIn.octokit("ada").rest.git;
    const repository = { owner: "vaarak", repo: "gitops" };
    const { sha } = (await git.getRef({ ...repository, ref: "heads/main" })).data.object;
    const inTheWay = [
      "release",
      "release/prod",
      "release/prod/api/x",
      "bump",
      "bump/dev/x",
      "bump-queue/dev",
      "promote",
    ];
    for (const name of [...inTheWay, "rollback/api-in-prod/x", "platform", "env"]) {
      const made = git.createRef({ ...repository, ref: `refs/heads/${name}`, sha });
      await assert.rejects(made, { status: 422, message: /creations being restricted/ }, name);
    }
    const own = ["release/prod/api", "bump/dev", "bump/dev-api", "bump-queue/dev/api", "promote/api-to-prod"];
    for (const name of [...own, "rollback/api-in-prod", "platform/env-prod", "releases", "feature/release"]) {
      await git.createRef({ ...repository, ref: `refs/heads/${name}`, sha });
    }
  });

  it("is unchanged by a second up, whose writes the rulesets would refuse", async () => {
    assert.equal(changes(await preview(stack(["prod"]))), 0);
    assert.equal(changes(await up(stack(["prod"]))), 0);
  });

  it("rewrites a changed key, and nothing else", async () => {
    bumpKey = SECRETS.newBumpKey;
    const result = await up(stack(["prod"]));
    assert.deepEqual([changes(result), result.counts.update], [1, 1]);
  });

  it("gets the branch of another environment while the first one's rulesets are active", async () => {
    await up(stack(["prod", "staging"]));
    assert.match(await text(".github/CODEOWNERS", "env/staging"), /branch env\/staging\.[^]*\n\* @ada @ben\n$/);
    await assert.rejects(write("env/staging"), { status: 409 });
    assert.equal(changes(await up(stack(["prod", "staging"]))), 0);
  });

  const both = ["prod", "staging"];
  const rulesets = async () => {
    const { data } = await standIn.octokit("ada").rest.repos.getRepoRulesets({ owner: "vaarak", repo: "gitops" });
    return data.filter(({ enforcement }) => enforcement === "active").map(({ name }) => name);
  };
  /** Brings a file to `main` while its ruleset is off, in place of a merged pull request. */
  async function bring(path: string): Promise<void> {
    const { repos } = standIn.octokit("ada").rest;
    const repository = { owner: "vaarak", repo: "gitops" };
    const { data } = await repos.getRepoRulesets(repository);
    const ruleset_id = data.find(({ name }) => name === "main")?.id ?? 0;
    await repos.updateRepoRuleset({ ...repository, ruleset_id, enforcement: "disabled" });
    await repos.createOrUpdateFileContents({ ...repository, path, branch: "main", message: path, content: "" });
    await repos.updateRepoRuleset({ ...repository, ruleset_id, enforcement: "active" });
  }

  it("is refused the files of a later version, also one that a pull request has brought", async () => {
    await assert.rejects(up(stack(both, { laterFiles: ["new.yaml"] })), /pull request/);
    await bring("brought.yaml");
    await assert.rejects(up(stack(both, { laterFiles: ["brought.yaml"] })), /got a file that already exists on main/);
  });

  it("is upgraded to a later version without a write once it is filled", async () => {
    const later = { filled: true, laterFiles: ["brought.yaml", "new.yaml"], services: ["api", "web"] };
    const before = await rulesets();
    const result = await up(stack(both, later));
    assert.deepEqual([changes(result), result.counts.delete], [result.counts.delete, result.counts.delete]);
    assert.equal(await text("brought.yaml", "main"), "");
    await assert.rejects(text("new.yaml", "main"), { status: 404 });
    await assert.rejects(text("manifests/web/manifests.yaml", "env/prod"), { status: 404 });
    assert.equal(await text(GITOPS_PATH, "main"), bundle());
    assert.match(await text("manifests/api/manifests.yaml", "env/prod"), /^---\napiVersion: /);
    assert.deepEqual(await rulesets(), before);
    assert.equal(changes(await up(stack(both, later))), 0);
  });

  it("gets the branch of another environment with its CODEOWNERS when it is filled", async () => {
    const filled = { filled: true };
    await up(stack([...both, "dev"], filled));
    assert.match(await text(".github/CODEOWNERS", "env/dev"), /branch env\/dev\.[^]*\n\* @ada @ben\n$/);
    await assert.rejects(text("manifests/api/manifests.yaml", "env/dev"), { status: 404 });
    await assert.rejects(write("env/dev"), { status: 409 });
    assert.equal(changes(await up(stack([...both, "dev"], filled))), 0);
  });

  it("keeps the protected branch of a removed environment, once the stack does not protect it", async () => {
    await up(stack([...both, "dev"], { filled: true, protect: true }));
    await assert.rejects(
      up(stack(both, { filled: true, protect: true })),
      /protected[^]*branch-env\/dev[^]*set protect: false|set protect: false[^]*branch-env\/dev/,
    );
    await up(stack([...both, "dev"], { filled: true }));
    await up(stack(both, { filled: true }));
    assert.match(await text(".github/CODEOWNERS", "env/dev"), /branch env\/dev/);
    assert.ok((await rulesets()).includes("env/dev"));
    await assert.rejects(write("env/dev"), { status: 409 });
    await up(stack(both, { filled: true, protect: true }));
    assert.equal(changes(await up(stack(both, { filled: true, protect: true }))), 0);
  });

  it("is not created empty by a stack that says it is filled", async () => {
    const options = stack(both, { filled: true, name: "none" });
    const stateFile = join(standIn.folder, "state", "none.json");
    await assert.rejects(up({ ...options, stateFile }), /import: got id none; expected one that exists/);
  });

  it("leaves no secret in the state or the output", () => {
    const folder = join(standIn.folder, "state");
    const kept = readdirSync(folder).map((file) => readFileSync(join(folder, file), "utf8"));
    for (const secret of Object.values(SECRETS)) {
      assert.ok(!JSON.stringify([kept, printed]).includes(secret));
    }
  });
});
