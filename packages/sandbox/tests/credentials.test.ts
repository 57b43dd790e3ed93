import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureCredentials, writeShellFiles } from "../credentials";
import { readSeed } from "@gitops-platform/github-stand-in/domain/access/seed";
import { sandboxPaths } from "../paths";

describe("the sandbox's secrets", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "credentials-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are created once, all different, in files that only their owner can read", () => {
    const paths = sandboxPaths(folder);
    const first = ensureCredentials(paths);
    const { webhookSecrets, people, apps, ...tokens } = first;
    const all = [tokens, webhookSecrets, people].flatMap((secrets) => Object.values(secrets));
    assert.equal(new Set(all).size, 13);
    assert.ok(all.every((secret) => /^[0-9a-f]{40}$/.test(secret)));
    for (const { privateKey } of Object.values(apps)) assert.match(privateKey, /^-----BEGIN RSA PRIVATE KEY-----/);
    assert.deepEqual(ensureCredentials(paths), first);
    for (const file of [paths.credentials, paths.github.seed]) assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("are rejected with a fix if an earlier version created them", () => {
    const paths = sandboxPaths(folder);
    ensureCredentials(paths);
    writeFileSync(paths.credentials, JSON.stringify({ platformToken: "x", developerToken: "y" }));
    assert.throws(
      () => ensureCredentials(paths),
      /credentials\.json: got an earlier version's secrets; .* npm run reset$/,
    );
  });

  it("belong to accounts of the Git host that have only the permissions they need", () => {
    const paths = sandboxPaths(folder);
    const credentials = ensureCredentials(paths);
    const { users, apps, organizations } = readSeed(paths.github.seed);
    const rights = users.map(({ login, organizations: roles, repositories }) => ({ login, ...roles, ...repositories }));
    const reader = { vaarak: "member" };
    assert.deepEqual(rights, [
      { login: "platform", vaarak: "admin" },
      { login: "argocd", ...reader },
      { login: "ci", ...reader, "vaarak/gitops": "write" },
      { login: "board", ...reader },
      { login: "developer", ...reader, "vaarak/gitops": "write" },
      { login: "approver", ...reader },
      { login: "other-approver", ...reader },
      { login: "engineer", ...reader },
      { login: "other-engineer", ...reader },
    ]);
    assert.equal(users.find(({ login }) => login === "argocd")?.token, credentials.argocdToken);
    assert.deepEqual(users.find(({ login }) => login === "ci")?.tokens, [
      { token: credentials.ciToken, permissions: { actions: "write" }, repositories: ["vaarak/gitops"] },
    ]);
    const reads = { contents: "read", pull_requests: "read", checks: "read", deployments: "read" };
    assert.deepEqual(users.find(({ login }) => login === "board")?.tokens, [
      { token: credentials.boardToken, permissions: reads, repositories: ["vaarak/gitops"] },
    ]);
    assert.deepEqual(
      organizations[0]?.teams.map(({ slug, members }) => [slug, members.length]),
      [
        ["platform", 2],
        ["production-approvers", 2],
      ],
    );
    const secrets = readFileSync(paths.github.seed, "utf8");
    for (const { slug } of apps.filter(({ id }) => id !== undefined)) {
      const { privateKey } = credentials.apps[slug as keyof typeof credentials.apps];
      assert.ok(!secrets.includes(JSON.stringify(privateKey)), `the Git host knows the private key of ${slug}`);
    }
  });

  it("are written to a shell file for each person, which only its owner can read", () => {
    const paths = sandboxPaths(folder);
    const credentials = ensureCredentials(paths);
    writeShellFiles(paths, credentials, "http://127.0.0.1:20000");
    const file = join(paths.as, "approver");
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const text = readFileSync(file, "utf8");
    assert.match(text, new RegExp(`^export GITHUB_TOKEN=${credentials.people.approver}$`, "m"));
    assert.match(text, /^export GITHUB_API_URL=http:\/\/127\.0\.0\.1:20000\/api\/v3$/m);
    assert.match(text, /^export GITHUB_REPOSITORY=vaarak\/gitops$/m);
    const { dev, staging, prod } = paths.environments;
    const clusters = `dev=${dev.kubeconfig},staging=${staging.kubeconfig},prod=${prod.kubeconfig}`;
    assert.ok(text.includes(`export GITOPS_CLUSTERS='${clusters}'\n`), text);
    assert.ok(text.includes(`export PATH='${paths.bin}':"$PATH"\n`), text);
  });
});
