import assert from "node:assert/strict";
import { cpSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Browser } from "@gitops-platform/test-support/browser";
import { ACCOUNTS } from "@gitops-platform/test-support/platform-accounts";
import { checkCreated } from "../../init/apps";
import { STATE_FILE } from "../../init/state";
import { NewPlatform } from "./support";

describe("gitops init, interrupted", function () {
  this.timeout(120_000);
  this.slow(20_000);
  let platform: NewPlatform;
  beforeEach(async () => {
    platform = new NewPlatform({
      organizations: [...ACCOUNTS.organizations, { login: "elsewhere" }],
      users: [{ login: "olga", token: "token-of-olga", organizations: { elsewhere: "admin" } }],
    });
    await platform.make();
  });
  afterEach(() => platform.remove());
  const apps = async () => {
    const { data } = await platform.octokit("owner").rest.orgs.listAppInstallations({ org: "vaarak" });
    return data.installations.map(({ app_slug }) => app_slug);
  };
  const close = (after: number) => {
    platform.visit = async (browser, url) => {
      if (platform.pages.length > after) return;
      const install = await browser.press(await browser.press(await browser.open(url)));
      await browser.press(install, { repository_id: "gitops" });
    };
  };

  it("continues after a closed browser, with the existing Apps", async () => {
    close(1);
    assert.match(
      await platform.refusal({ timeout: 4_000 }),
      /^Waited 4 s, still for the App release, at http\S+\. Run the same command again to go on\.$/,
    );
    const first = platform.state;
    assert.deepEqual(Object.keys(first.secrets), ["key.bump"]);
    assert.equal(statSync(join(platform.project, STATE_FILE)).mode & 0o777, 0o600);
    platform.visit = undefined;
    await platform.init();
    assert.deepEqual(platform.state.apps.bump, first.apps.bump);
    assert.deepEqual(await apps(), ["vaarak-gitops-bump", "vaarak-gitops-release", "vaarak-gitops-argocd"]);
    assert.deepEqual(platform.state.secrets, {});
  });

  const strangers: [what: string, login: string, from: string, to: string, says: RegExp][] = [
    ["of somebody else", "olga", "/organizations/vaarak/", "/organizations/elsewhere/", /got an App of elsewhere with/],
    [
      "with more permissions",
      "owner",
      "checks&quot;:&quot;read",
      "checks&quot;:&quot;write",
      /"checks":"write".*"read"/,
    ],
    ["with fewer permissions", "owner", "&quot;checks&quot;:&quot;read&quot;,", "", /got an App of vaarak with/],
  ];
  for (const [what, login, from, to, says] of strangers) {
    it(`refuses an App ${what}, and continues with the right one`, async () => {
      platform.visit = async (_browser, url) => {
        const browser = new Browser(platform.url, `token-of-${login}`);
        const page = await browser.open(url);
        await browser.press(await browser.press({ ...page, html: page.html.replaceAll(from, to) }), { name: "other" });
      };
      const message = await platform.refusal();
      assert.match(message, /^the App bump: got .*; expected one of vaarak with \{.*\} and \[\]\. Delete that App/);
      assert.match(message, says);
      platform.visit = undefined;
      await platform.init();
      assert.deepEqual(await apps(), ["vaarak-gitops-bump", "vaarak-gitops-release", "vaarak-gitops-argocd"]);
    });
  }

  it("accepts an App that may also read metadata, which GitHub adds, and nothing else", () => {
    const created = { owner: { login: "Vaarak" }, events: [], permissions: { deployments: "write", metadata: "read" } };
    checkCreated("argocd", created, "vaarak");
    for (const more of [{ owner: null }, { events: ["push"] }, { permissions: { ...created.permissions, a: "read" } }])
      assert.throws(() => {
        checkCreated("argocd", { ...created, ...more }, "vaarak");
      }, /^Failure: the App argocd: got an App of /);
  });

  it("continues with an App that was created but not installed", async () => {
    platform.visit = async (browser, url) => {
      await browser.press(await browser.press(await browser.open(url)));
    };
    assert.match(
      await platform.refusal({ timeout: 4_000 }),
      /still for the installation of vaarak-gitops-bump on vaarak\/gitops\./,
    );
    assert.match(platform.said, /install it: http\S+\/apps\/vaarak-gitops-bump\/installations\/new/);
    assert.deepEqual(await apps(), []);
    platform.visit = undefined;
    const owner = new Browser(platform.url, "token-of-owner");
    const install = await owner.open(`${platform.url}/apps/vaarak-gitops-bump/installations/new`);
    await owner.press(install, { repository_id: "gitops" });
    await platform.init();
    assert.equal(platform.pages.length, 3);
    assert.equal((await apps()).length, 3);
  });

  it("keeps the secrets while Pulumi refuses them, and repeats none of them", async () => {
    const message = await platform.refusal({}, { env: { FAKE_ERROR_AT: "stack" } });
    assert.match(message, /^pulumi stack select: got refused; expected success\. Log in with pulumi login/);
    assert.equal(Object.keys(platform.state.secrets).length, 9);
    const pem = platform.state.secrets["key.bump"] ?? "";
    await platform.init();
    const call = platform.calls().find(({ args }) => args.includes("gitops-platform:bumpAppKey"));
    assert.equal(call?.stdin, pem);
    assert.deepEqual(platform.state.secrets, {});
  });

  it("hides a secret that Pulumi repeats in an error", async () => {
    const message = await platform.refusal({}, { env: { FAKE_ERROR_AT: "config" } });
    const token = "token-of-owner";
    assert.match(message, /^pulumi config set: got refused …; expected success\./);
    assert.ok(!message.includes(token));
  });

  it("says how to replace a lost key of an App", async () => {
    close(1);
    await platform.refusal({ timeout: 4_000 });
    writeFileSync(join(platform.project, STATE_FILE), JSON.stringify({ ...platform.state, secrets: {} }));
    platform.visit = undefined;
    const message = await platform.refusal();
    assert.match(message, /^key of the App bump: got nothing, here and in the stacks; expected the key/);
    assert.match(message, /Generate a private key at \S+\/organizations\/vaarak\/settings\/apps\/vaarak-gitops-bump,/);
    assert.match(message, /\n {2}pulumi config set --secret bumpAppKey -s prod < <the \.pem file>$/);
  });

  it("creates lost secrets again, except Apps' keys", async () => {
    await platform.init();
    const [before, repository] = [platform.settings("prod"), platform.settings("dev").repository];
    platform.calls();
    platform.removeSetting("dev", "repositoryKey");
    await platform.init();
    const sets = platform.calls().filter(({ args }) => args[0] === "config");
    assert.deepEqual(
      sets.map(({ args }) => args[3]),
      ["gitops-platform:repositoryKey"],
    );
    const after = platform.settings("prod");
    const keys = (settings: Record<string, unknown>) => settings.deployKeys as Record<string, string>;
    assert.notEqual(keys(after).dev, keys(before).dev);
    assert.equal(keys(after).prod, keys(before).prod);
    assert.deepEqual(platform.settings("dev").repository, repository);
  });

  it("does not change a stack that reads the repository with a token", async () => {
    const file = join(platform.project, "Pulumi.dev.yaml");
    writeFileSync(file, "config:\n  gitops-platform:repositoryToken:\n    secure: v1:abc\n");
    await platform.init();
    const { repository, repositoryKey } = platform.settings("dev");
    assert.deepEqual([(repository as { url?: string }).url, repositoryKey], [undefined, undefined]);
    assert.deepEqual(Object.keys(platform.settings("prod").deployKeys as object), ["staging", "prod"]);
  });

  it("refuses to continue for another person, or with a damaged state", async () => {
    close(0);
    await platform.refusal({ timeout: 4_000 });
    writeFileSync(join(platform.project, STATE_FILE), "{");
    assert.match(await platform.refusal(), /^\.gitops-init\.json: got a damaged file;/);
    const other = { repository: "vaarak/gitops", startedBy: "olga", apps: {}, secrets: {} };
    writeFileSync(join(platform.project, STATE_FILE), JSON.stringify(other));
    assert.match(await platform.refusal(), /got a set-up that olga began; expected owner's\. Let olga finish it, or/);
    writeFileSync(join(platform.project, STATE_FILE), JSON.stringify({ ...other, repository: "vaarak/x" }));
    assert.match(await platform.refusal(), /got the set-up of vaarak\/x; expected vaarak\/gitops\./);
  });

  it("has nothing to do for another person with the committed files", async () => {
    await platform.init();
    rmSync(join(platform.project, STATE_FILE));
    platform.calls();
    platform.said = "";
    await platform.init({ yes: false });
    assert.match(platform.said, /^Everything is set up already\./);
    assert.equal(platform.calls().length, 1);
  });

  it("reports an App of an earlier run in another folder", async () => {
    await platform.init();
    cpSync(platform.project, `${platform.project}-elsewhere`, { recursive: true });
    rmSync(platform.project, { recursive: true });
    platform.addProject();
    const message = await platform.refusal();
    assert.match(message, /^--app-prefix: got a name that is taken, vaarak-gitops-bump; expected a new one\./);
    assert.match(message, /delete the App at \S+\/settings\/apps\/vaarak-gitops-bump\/advanced\./);
  });
});
