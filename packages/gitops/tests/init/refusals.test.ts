import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { NewPlatform } from "./support";

describe("gitops init refuses", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const platform = new NewPlatform({
    organizations: [
      {
        login: "vaarak",
        plan: "free",
        teams: [
          { slug: "platform", members: ["pat"] },
          { slug: "approvers", members: ["ann", "art"] },
        ],
      },
      { login: "elsewhere" },
    ],
  });
  const none = { cluster: [], platformTeam: [], approvers: [] };
  before(() => platform.make());
  after(() => platform.remove());
  afterEach(() => {
    platform.calls();
  });

  it("a machine without Pulumi, before anything else", async () => {
    const found = await platform.refusal({ repo: "x" }, { env: { PATH: "/nowhere" } });
    assert.match(found, /^pulumi: got nothing on PATH that runs; expected Pulumi 3\.260 or newer\. Install it: https/);
    const old = await platform.refusal({}, { env: { FAKE_VERSION: "v3.100.0" } });
    assert.match(old, /^pulumi: got v3\.100\.0; expected Pulumi 3\.260 or newer\./);
  });

  it("missing answers without a terminal, all at once", async () => {
    const message = await platform.refusal({ ...none, repo: undefined as unknown as string });
    const keys = message.split("\n").map((line) => line.split(":")[0]);
    assert.deepEqual(keys, [
      ...["repository", "clusters.dev", "clusters.staging", "clusters.prod", "platformTeam", "approvers.prod"],
    ]);
    assert.match(message, /--cluster dev=<kubeconfig>:<context>/);
  });

  it("invalid flags and files, in one report", async () => {
    const file = join(platform.project, "answers.yaml");
    writeFileSync(file, "repositry: vaarak/gitops\n");
    const message = await platform.refusal({ from: file, cluster: ["dev"], approvers: ["prod"] });
    assert.deepEqual(
      message.split("\n").map((line) => line.split(":")[0]),
      ["repositry", "--cluster", "--approvers"],
    );
    assert.match(message, /Did you mean repository\?/);
    assert.match(await platform.refusal({ from: "/nowhere" }), /^--from: got \/nowhere \(ENOENT/);
  });

  it("settings that the program would refuse, for all stacks at once", async () => {
    const message = await platform.refusal({
      cluster: ["dev", "staging", "prod"].map((name) => `${name}=${platform.kubeconfig}:other`),
      platformTeam: ["pat"],
      approvers: ["prod=elsewhere/approvers"],
    });
    const keys = message.split("\n").map((line) => line.split(/: (?:got)/)[0]);
    assert.deepEqual(keys, [
      "Pulumi.dev.yaml: context",
      "Pulumi.staging.yaml: context",
      "Pulumi.prod.yaml: context",
      "Pulumi.prod.yaml: repository.platformTeam",
      "Pulumi.prod.yaml: repository.approvers.prod",
    ]);
  });

  it("a visibility that GitHub does not have", async () => {
    const message = await platform.refusal({ visibility: "secret" });
    assert.match(message, /^Pulumi\.prod\.yaml: repository\.visibility: got "secret"; expected one of private,/);
  });

  it("a person who is not an owner, a free plan, a team of one and a missing team, together", async () => {
    const message = await platform.refusal({ approvers: ["prod=vaarak/nobody"] }, { login: "pat" });
    assert.match(message, /^GITHUB_TOKEN: got a token of pat; expected one of an owner of vaarak,/);
    assert.match(message, /repository\.platformTeam: got "vaarak\/platform"; expected a team of two people or more/);
    assert.match(message, /repository\.approvers\.prod: got "vaarak\/nobody"; expected a team that exists/);
    assert.match(await platform.refusal(), /^repository\.visibility: got "private"; expected public on the Free plan/);
  });

  it("an owner that is not an organisation", async () => {
    const person = await platform.refusal({
      repo: "owner/gitops",
      platformTeam: ["a", "b"],
      approvers: ["prod=a", "prod=b"],
    });
    assert.match(person, /^repository: got the owner owner; expected an organisation that exists\./);
  });

  it("stacks that were set up for another repository", async () => {
    const text = "config:\n  gitops-platform:repository:\n    owner: elsewhere\n    name: gitops\n";
    const file = join(platform.project, "Pulumi.dev.yaml");
    const before = platform.file("Pulumi.dev.yaml");
    writeFileSync(file, text);
    const message = await platform.refusal();
    assert.match(message, /^Pulumi\.dev\.yaml: repository: got elsewhere\/gitops; expected vaarak\/gitops\./);
    writeFileSync(file, before);
  });

  it("a branch in an empty repository that would be treated as approved, after the settings are written", async () => {
    const other = new NewPlatform();
    try {
      await other.make();
      const { git, repos } = other.octokit("owner").rest;
      await repos.createInOrg({ org: "vaarak", name: "gitops", private: true, auto_init: true });
      const gitops = { owner: "vaarak", repo: "gitops" };
      const { sha } = (await repos.getBranch({ ...gitops, branch: "main" })).data.commit;
      await git.createRef({ ...gitops, ref: "refs/heads/env/prod", sha });
      const message = await other.refusal();
      assert.match(message, /^branch env\/prod: got a branch; expected none: /);
      assert.match(message, /\nAll settings are written\. Correct the above before pulumi up;/);
      await git.deleteRef({ ...gitops, ref: "heads/env/prod" });
      await other.init({ yes: false });
    } finally {
      await other.remove();
    }
  });

  it("a repository with other content than the platform's", async () => {
    const owner = platform.octokit("owner").rest.repos;
    await owner.createInOrg({ org: "vaarak", name: "used", auto_init: true });
    const file = { owner: "vaarak", repo: "used", path: "app.ts", message: "Add it", content: "" };
    await owner.createOrUpdateFileContents(file);
    const changes = { repo: "vaarak/used", visibility: "public", platformTeam: ["vaarak/approvers"] };
    assert.match(
      await platform.refusal(changes),
      /^repository: got vaarak\/used, which exists with app\.ts; expected none, or one with a README only\./,
    );
  });
});
