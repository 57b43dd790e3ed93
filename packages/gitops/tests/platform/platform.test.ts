import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFiles } from "@gitops-platform/components/repository/content";
import { commit } from "@gitops-platform/github-stand-in/tests/protected";
import { GitopsRepository, repository } from "@gitops-platform/test-support/gitops-repository";
import { readPolicies } from "../../platform/stack-file";
import { gitops } from "../command";
import { values } from "@gitops-platform/test-support/cloned-repository";

describe("gitops platform and preflight against the stand-in", function () {
  this.timeout(60_000);
  const github = new GitopsRepository();
  let stackFile: string;
  let env: Record<string, string>;

  before(async () => {
    await github.makeEmpty();
    env = { GITHUB_TOKEN: "token-of-owner" };
    stackFile = writeStack("Pulumi.prod.yaml", "[vaarak/platform]");
    for (const stack of ["dev", "staging"]) writeFileSync(join(github.folder, `Pulumi.${stack}.yaml`), "config: {}\n");
    const clone = await github.clone("owner");
    const content = readFiles().filter(({ path }) => !/^environments\/|^(gitops|service)\.schema\.json$/.test(path));
    await commit(clone, "An earlier version", {
      ...Object.fromEntries(content.map(({ path, text }) => [path, text])),
      "charts/service/values.yaml": "old: true\n",
      // The platform team's own files, which must stay.
      "gitops.yaml": "tags: { kinds: { date: false } }\n",
      "charts/service/templates/own.yaml": "kind: Ingress\n",
      "environments/prod/api.yaml": values("sha-0000001"),
    });
    await clone.git("push", "--quiet", "origin", "main", "main:env/prod");
    // The platform recognizes its own repository by these rulesets.
    for (const name of ["env/*", "release/**/*"]) {
      const ruleset = { ...repository, name, enforcement: "disabled" as const };
      await github.octokit("owner").rest.repos.createRepoRuleset(ruleset);
    }
  });
  after(() => github.remove());

  function writeStack(name: string, platformTeam: string, more = ""): string {
    const file = join(github.folder, name);
    writeFileSync(
      file,
      `config:
  gitops-platform:githubToken:
    secure: AAABAH
  gitops-platform:repository:
    owner: vaarak
    name: gitops
    apiUrl: ${github.url}/
    platformTeam: ${platformTeam}
    checksApp: 1000001
    approvers:
      prod: [vaarak/approvers]
${more}`,
    );
    return file;
  }

  const added = [
    "gitops.schema.json",
    "service.schema.json",
    ".github/gitops/gitops.mjs",
    ".github/gitops/ci.yaml",
    ".github/gitops/environments.yaml",
    ".github/gitops/delivery.yaml",
    ...["dev", "staging", "prod"].map((name) => `delivery/${name}/README.md`),
    ".github/gitops/approvers.yaml",
    ".github/CODEOWNERS",
  ];

  it("reports the files that differ, and those that only an earlier version had", async () => {
    const { stdout, code } = await gitops(env, "platform", "--stack-file", stackFile, "--check", "--json");
    assert.equal(code, 1);
    assert.deepEqual(JSON.parse(stdout), {
      differs: true,
      branches: [
        {
          branch: "main",
          exists: true,
          added,
          changed: ["charts/service/values.yaml"],
          unknown: ["charts/service/templates/own.yaml"],
        },
        {
          branch: "env/prod",
          exists: true,
          added: [".github/CODEOWNERS", "delivery/prod/README.md"],
          changed: [],
          unknown: [],
        },
      ],
      later: [],
      problems: [],
    });
  });

  it("opens one pull request for each branch, once, and none after the merge", async () => {
    const { pulls } = github.octokit("owner").rest;
    const first = await gitops(env, "platform", "--stack-file", stackFile);
    assert.deepEqual([first.code, first.stderr], [0, ""]);
    const open = (await pulls.list({ ...repository, state: "open", direction: "asc" })).data;
    assert.deepEqual(
      open.map(({ head, base }) => [head.ref, base.ref]),
      [
        ["platform/update", "main"],
        ["platform/env-prod", "env/prod"],
      ],
    );
    assert.match(
      open[0]?.body ?? "",
      new RegExp(
        "Added:\\n- `gitops\\.schema\\.json`\\n- `service\\.schema\\.json`\\n- `\\.github/gitops/gitops\\.mjs`" +
          "[^]*Changed:\\n- `charts/service/values",
      ),
    );
    assert.match(open[0]?.body ?? "", /left as they are[^]*own\.yaml/);
    const files = (await pulls.listFiles({ ...repository, pull_number: open[0]?.number ?? 0 })).data;
    assert.deepEqual(files.map(({ filename }) => filename).sort(), [...added, "charts/service/values.yaml"].sort());

    const second = await gitops(env, "platform", "--stack-file", stackFile);
    assert.match(second.stdout, /^main: waits already: .*\/1\nenv\/prod: waits already: .*\/2\n$/);
    const heads = (await pulls.list({ ...repository, state: "open", direction: "asc" })).data;
    assert.deepEqual(
      heads.map(({ head }) => head.sha),
      open.map(({ head }) => head.sha),
    );

    for (const { number } of open) await pulls.merge({ ...repository, pull_number: number, merge_method: "merge" });
    const third = await gitops(env, "platform", "--stack-file", stackFile, "--check");
    assert.deepEqual([third.code, third.stdout], [0, "Nothing differs.\n"]);
  });

  it("updates an outdated pull request, and keeps its number", async () => {
    const file = writeStack("Pulumi.prod.yaml", "[vaarak/platform, vaarak/developers]");
    assert.match(
      (await gitops(env, "platform", "--stack-file", file)).stdout,
      /^main: a review brings it in: .*\/3\n$/,
    );
    writeStack("Pulumi.prod.yaml", "[vaarak/developers]");
    assert.match(
      (await gitops(env, "platform", "--stack-file", file)).stdout,
      /^main: a review brings it in: .*\/3\n$/,
    );
    const { data } = await github.octokit("owner").rest.repos.getContent({
      ...repository,
      path: ".github/CODEOWNERS",
      ref: "platform/update",
      mediaType: { format: "raw" },
    });
    assert.match(data as unknown as string, /\/charts\/ @vaarak\/developers\n/);
  });

  it("leaves the catalogue's files alone while main has another version of gitops", async () => {
    const clone = await github.clone("owner");
    await commit(clone, "A service by another version", {
      ".github/gitops/gitops.mjs": "// another version\n",
      "services/web.yaml": "team: payments\nenvironments: [dev]\n",
      "delivery/dev/web.yaml": "# as another version renders it\n",
    });
    await clone.git("push", "--quiet", "origin", "main");
    const file = writeStack("Pulumi.prod.yaml", "[vaarak/platform]");
    const { stdout } = await gitops(env, "platform", "--stack-file", file, "--check", "--json");
    const { branches, later } = JSON.parse(stdout) as {
      branches: { changed: string[]; unknown: string[] }[];
      later: string[];
    };
    assert.deepEqual(later, ["delivery/dev/web.yaml"]);
    assert.deepEqual(branches[0]?.changed, [".github/gitops/gitops.mjs"]);
    assert.deepEqual(branches[0].unknown, ["charts/service/templates/own.yaml"]);
  });

  it("refuses a stack file that is missing, of another stack, of no environment, or with wrong settings", async () => {
    const said = async (file: string) => (await gitops(env, "platform", "--stack-file", file)).stderr;
    assert.match(await said(writeStack("Pulumi.staging.yaml", "[vaarak/platform]")), /does not own the repository/);
    assert.match(await said(writeStack("Pulumi.qa.yaml", "[vaarak/platform]")), /expected Pulumi\.<environment>\.yaml/);
    assert.match(await said(join(github.folder, "missing.yaml")), /^--stack-file: got .*missing\.yaml \(ENOENT/);
    const misspelt = writeStack("Pulumi.prod.yaml", "[vaarak/platform]", "    visibilty: private\n");
    assert.match(await said(misspelt), /repository\.visibilty: .*Did you mean visibility\?/);
    assert.match(
      await said(writeStack("Pulumi.prod.yaml", "[ada]")),
      /repository\.platformTeam: got \["ada"\]; expected two/,
    );
  });

  describe("preflight", () => {
    it("reports no problem if teams are large enough and have write access", async () => {
      const file = writeStack("Pulumi.prod.yaml", "[vaarak/platform]");
      const { stdout, code } = await gitops(env, "preflight", "--stack-file", file);
      assert.deepEqual([code, stdout], [0, "The account and the repository are as the platform needs them.\n"]);
    });

    it("reports every team that does not exist, is too small, or has no write access", async () => {
      const file = writeStack("Pulumi.prod.yaml", "[vaarak/readers, vaarak/nobody]");
      const { stdout, code } = await gitops(env, "preflight", "--stack-file", file);
      assert.equal(code, 1);
      assert.deepEqual(
        stdout
          .trimEnd()
          .split("\n")
          .map((line) => line.replace(/\. .*/, "")),
        [
          'repository.platformTeam: got "vaarak/readers"; expected a team with write access to the repository',
          'repository.platformTeam: got "vaarak/readers"; expected a team of two people or more, not of 1',
          'repository.platformTeam: got "vaarak/nobody"; expected a team that exists',
        ],
      );
    });

    it("reports code owners without write access on each branch, both people and teams", async () => {
      const file = writeStack("Pulumi.prod.yaml", "[vaarak/platform]");
      const clone = await github.clone("owner");
      await clone.git("checkout", "--quiet", "env/prod");
      await commit(clone, "Other owners", {
        ".github/CODEOWNERS": "# Who approves\n* @vaarak/approvers @nobody-here @vaarak/readers\n",
      });
      await clone.git("push", "--quiet", "origin", "env/prod");
      const expected = (owner: string) =>
        `.github/CODEOWNERS:2 on env/prod: got ${owner}; expected an owner who may write to the repository: ` +
        "GitHub passes over any other. Give the role Write, or correct the name.";
      const { stdout, code } = await gitops(env, "preflight", "--stack-file", file);
      assert.deepEqual([code, stdout.trimEnd().split("\n")], [1, ["@nobody-here", "@vaarak/readers"].map(expected)]);
      const check = await gitops(env, "platform", "--stack-file", file, "--check", "--json");
      const { problems } = JSON.parse(check.stdout) as { problems: { got: string }[] };
      assert.deepEqual([check.code, problems.map(({ got }) => got)], [1, ["@nobody-here", "@vaarak/readers"]]);
    });
  });

  it("needs a token, and says how to get one", async () => {
    const { stderr, code } = await gitops(
      {},
      "preflight",
      "--stack-file",
      writeStack("Pulumi.prod.yaml", "[vaarak/platform]"),
    );
    assert.equal(code, 1);
    assert.match(stderr, /^GITHUB_TOKEN: got nothing; expected .*gh auth token\)\n$/);
  });

  it("reads each environment's policy with what its stack sets, from the files beside it", () => {
    const folder = join(github.folder, "stacks");
    mkdirSync(folder);
    const write = (stack: string, delivery: string) => {
      writeFileSync(join(folder, `Pulumi.${stack}.yaml`), `config:\n  gitops-platform:delivery: ${delivery}\n`);
    };
    let said: string[] = [];
    const policies = () => {
      said = [];
      const read = readPolicies(join(folder, "Pulumi.prod.yaml"), (line) => said.push(line));
      return read.map(({ name, delivery: { sync, drift } }) => [name, sync, drift]);
    };
    write("dev", "{ drift: alert }");
    assert.deepEqual(policies(), [
      ["dev", "auto", "alert"],
      ["staging", "auto", "heal"],
      ["prod", "manual", "heal"],
    ]);
    assert.deepEqual(
      said.map((line) => line.replace(folder, "")),
      ["staging", "prod"].map(
        (name) => `/Pulumi.${name}.yaml does not exist: ${name} gets the policy that the program declares.`,
      ),
    );
    write("prod", "{ sync: auto }");
    assert.throws(policies, /Pulumi\.prod\.yaml has problems:[^]*delivery: got sync: auto, drift: heal; expected sync/);
    write("prod", "{ sinc: auto }");
    assert.throws(policies, /delivery\.sinc: got "auto"; expected a known key\. Did you mean sync\?/);
  });
});
