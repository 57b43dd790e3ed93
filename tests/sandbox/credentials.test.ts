import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureCredentials } from "../../sandbox/credentials";
import { readSeed } from "../../sandbox/github/seed";
import { sandboxPaths } from "../../sandbox/paths";

describe("the sandbox's secrets", () => {
  let folder = "";
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "credentials-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("are made once, all different, in files that only their owner may read", () => {
    const paths = sandboxPaths(folder);
    const first = ensureCredentials(paths);
    const { webhookSecrets, ...tokens } = first;
    const all = [...Object.values(tokens), ...Object.values(webhookSecrets)];
    assert.equal(new Set(all).size, 7);
    assert.ok(all.every((secret) => /^[0-9a-f]{40}$/.test(secret)));
    assert.deepEqual(ensureCredentials(paths), first);
    for (const file of [paths.credentials, paths.github.seed]) assert.equal(statSync(file).mode & 0o777, 0o600);
  });

  it("are accounts of the Git host, each with no more rights than its work needs", () => {
    const paths = sandboxPaths(folder);
    const credentials = ensureCredentials(paths);
    const { users } = readSeed(paths.github.seed);
    const rights = users.map(({ login, token, organizations, repositories }) => ({
      login,
      own: readFileSync(paths.credentials, "utf8").includes(token),
      organizations,
      repositories,
    }));
    assert.deepEqual(rights, [
      { login: "platform", own: true, organizations: { vaarak: "admin" }, repositories: {} },
      {
        login: "developer",
        own: true,
        organizations: { vaarak: "member" },
        repositories: { "vaarak/gitops": "write" },
      },
      { login: "argocd", own: true, organizations: { vaarak: "member" }, repositories: {} },
    ]);
    assert.equal(users[2]?.token, credentials.argocdToken);
  });
});
