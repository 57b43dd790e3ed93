import assert from "node:assert/strict";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PLATFORM_APPS } from "@gitops-platform/contract/apps";
import { PUBLIC_IMAGE } from "@gitops-platform/environments/settings/seed";
import { STATE_FILE } from "../../init/state";
import { NewPlatform } from "./support";

const ENVIRONMENTS = ["dev", "staging", "prod"];

/** The setting that a call of Pulumi sets. */
function settingOf(args: readonly string[]): string {
  const [namespace, key = ""] = args.at(-4)?.split(":") ?? [];
  assert.equal(namespace, "gitops-platform");
  return key;
}

describe("gitops init", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const platform = new NewPlatform();
  let stored: Record<string, string> = {};
  let files: string[] = [];
  let passed = "";
  before(() => platform.make());
  after(() => platform.remove());
  const filesNow = () =>
    [...ENVIRONMENTS.map((name) => `Pulumi.${name}.yaml`), STATE_FILE].map((name) => platform.file(name));

  it("says what it will do, and changes nothing without a confirmation", async () => {
    const before = ENVIRONMENTS.map((name) => platform.file(`Pulumi.${name}.yaml`));
    const message = await platform.refusal({ yes: false }, { ask: () => Promise.resolve("no") });
    assert.equal(message, "Nothing was changed.");
    assert.match(platform.said, /create the private repository vaarak\/gitops/);
    assert.match(platform.said, /vaarak-gitops-bump\n {6}write: contents, pull requests; read: checks, deployments\n/);
    assert.deepEqual(
      platform.calls().map(({ args }) => args),
      [["version"]],
    );
    assert.deepEqual(
      ENVIRONMENTS.map((name) => platform.file(`Pulumi.${name}.yaml`)),
      before,
    );
    assert.throws(() => platform.file(STATE_FILE), /ENOENT/);
    assert.match(await platform.refusal({ yes: false }), /^--yes: got nothing; expected a confirmation/);
  });

  it("makes the repository, the Apps, the settings and the secrets", async () => {
    await platform.init();
    const calls = platform.calls();
    passed = JSON.stringify(calls.map(({ args }) => args));
    stored = Object.fromEntries(
      calls
        .filter(({ args }) => args[0] === "config")
        .map(({ args, stdin }) => [`${args[args.indexOf("--stack") + 1] ?? ""} ${settingOf(args)}`, stdin]),
    );
    const each = ["webhookSecret", "repositoryKey", "deploymentsAppKey"];
    assert.deepEqual(
      Object.keys(stored).sort(),
      [
        ...ENVIRONMENTS.flatMap((name) => each.map((key) => `${name} ${key}`)),
        ...["prod githubToken", "prod bumpAppKey", "prod releaseAppKey"],
      ].sort(),
    );
    const apps = Object.fromEntries(Object.entries(platform.state.apps));
    assert.deepEqual(Object.keys(apps), ["bump", "release", "argocd"]);
    const prod = platform.settings("prod");
    assert.deepEqual(prod.repository, {
      ...{ owner: "vaarak", name: "gitops", url: "ssh://git@127.0.0.1/vaarak/gitops.git", apiUrl: `${platform.url}/` },
      ...{ platformTeam: ["vaarak/platform"], approvers: { prod: ["vaarak/approvers"] } },
      ...{ bumpApp: idOf("bump"), checksApp: idOf("release"), empty: true },
      ...{ seed: ["hello"], seedImage: PUBLIC_IMAGE },
    });
    for (const name of ENVIRONMENTS) assert.equal("services" in platform.settings(name), false);
    assert.deepEqual(Object.keys(prod.deployKeys as object), ENVIRONMENTS);
    assert.equal(new Set(Object.values(prod.deployKeys as object)).size, 3);
    const dev = platform.settings("dev");
    assert.equal(dev.context, "my-dev");
    assert.equal((dev.argocd as { deployments: { appId: number } }).deployments.appId, idOf("argocd"));
    assert.equal("platformTeam" in (dev.repository as object), false);
    assert.equal(stored["prod githubToken"], "token-of-owner");
    files = filesNow();
  });

  it("gives each App exactly the permissions of the list, on this repository alone", async () => {
    const { data } = await platform.octokit("owner").rest.orgs.listAppInstallations({ org: "vaarak" });
    for (const [name, { permissions }] of Object.entries(PLATFORM_APPS)) {
      const found = data.installations.find(({ app_slug }) => app_slug === `vaarak-gitops-${name}`);
      assert.deepEqual(found?.permissions, permissions);
      assert.equal(found.repository_selection, "selected");
    }
  });

  it("prints no secret, passes none as an argument, and leaves none in a file", () => {
    const keys = Object.values(stored);
    assert.ok(keys.length > 0);
    for (const secret of keys) {
      assert.ok(!platform.said.includes(secret.trim()));
      assert.ok(!passed.includes(JSON.stringify(secret).slice(1, 30)));
      for (const text of filesNow()) assert.ok(!text.includes(secret.trim().slice(0, 40)));
    }
    assert.deepEqual(platform.state.secrets, {});
    assert.equal(statSync(join(platform.project, STATE_FILE)).mode & 0o777, 0o600);
  });

  it("says what comes next, in 80 columns", () => {
    assert.match(platform.said, /pulumi up -s prod .*\n {2}pulumi up -s dev /);
    for (const line of platform.said.split("\n")) assert.ok(line.length <= 80 || line.includes("http://"), line);
  });

  it("changes nothing when it is repeated", async () => {
    platform.said = "";
    platform.pages = [];
    await platform.init({ yes: false });
    assert.match(platform.said, /^Everything is set up already\.\n/);
    assert.deepEqual(
      platform.calls().map(({ args }) => args),
      [["version"]],
    );
    assert.deepEqual([filesNow(), platform.pages], [files, []]);
  });

  it("keeps a kubeconfig that a stack has as content", async () => {
    const file = join(platform.project, "Pulumi.dev.yaml");
    const content = "gitops-platform:kubeconfigContent:\n    secure: AAABAC";
    const changed = platform.file("Pulumi.dev.yaml").replace(/gitops-platform:kubeconfig: .*/, content);
    writeFileSync(file, changed);
    platform.said = "";
    await platform.init({ yes: false });
    assert.match(platform.said, /^Everything is set up already\.\n/);
    assert.equal(platform.file("Pulumi.dev.yaml"), changed);
    assert.match(changed, /kubeconfigContent/);
  });

  function idOf(app: string): unknown {
    return (platform.state.apps[app] as unknown as { id: number }).id;
  }
});
