import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Clone } from "../../git/clone";
import { commitTree, mergedTree, withFiles } from "../../git/commits";
import { isolated, networkSettings } from "@gitops-platform/clients/git/environment";
import { readInvocation, findActor } from "../../identity";
import { readFileChanges } from "../../git/file-history";
import { MAIN, remoteBranch } from "../../git/refs";
import { unifiedDiff } from "../../release/content";
import { findTarget } from "../../target";
import { withRef } from "@gitops-platform/review/against";
import { HostileGit, misleading } from "@gitops-platform/test-support/hostile-git";
import { TestRepository, values } from "@gitops-platform/test-support/cloned-repository";
import { Keys } from "@gitops-platform/test-support/keys";

const root = resolve(__dirname, "../../../..");
const author = { name: "bump[bot]", email: "bump@example.com" };

/** A user's clone, with a linked worktree, a tag of their own and no remote called origin. */
class SomebodysClone {
  readonly folder = mkdtempSync(join(tmpdir(), "somebody-"));
  readonly worktree = join(this.folder, "linked");

  constructor() {
    this.git("init", "--quiet", "--initial-branch=main");
    this.git("commit", "--quiet", "--allow-empty", "-m", "First");
    this.git("tag", "their-own");
    this.git("remote", "add", "upstream", "https://github.com/vaarak/gitops.git");
    this.git("worktree", "add", "--quiet", this.worktree);
  }

  git(...args: string[]): string {
    const env = isolated([
      ["user.name", "Ada"],
      ["user.email", "ada@example.com"],
    ]);
    return execFileSync("git", args, { cwd: this.folder, env, encoding: "utf8", stdio: "pipe" }).trim();
  }

  /** What a command must not change. */
  state(): string[] {
    return [this.git("for-each-ref"), this.git("config", "--list", "--local"), this.git("status", "--porcelain")];
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

describe("this program's use of Git", function () {
  this.timeout(60_000);
  const { env: before } = process;
  let hostile: HostileGit;
  let somebody: SomebodysClone;
  let remote: TestRepository;
  let keys: Keys;
  let newest: string;

  beforeEach(() => {
    hostile = new HostileGit();
    somebody = new SomebodysClone();
    remote = new TestRepository();
    keys = new Keys();
    const { key } = keys.make("key");
    remote.commit({ message: "Start", files: { "environments/prod/api.yaml": values("v1"), "ä b": "1\n" } });
    const signed = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`, "commit", "-S", "--quiet", "--allow-empty"];
    remote.git(...signed, "-m", "Signed");
    newest = remote.commit({ message: "Bump", files: { "environments/prod/api.yaml": values("v2") } });
    process.env = { ...before, ...hostile.env, ...misleading(somebody.folder) };
  });
  afterEach(() => {
    process.env = before;
    assert.equal(existsSync(hostile.traces), false, "a hook, a monitor or a filter ran");
    for (const each of [hostile, somebody, remote, keys]) each.remove();
  });

  it("reads, merges, commits and pushes in its own clone regardless of the user's settings and clone", async () => {
    const theirs = somebody.state();
    await remote.read(async (clone) => {
      const changes = await readFileChanges(clone, MAIN, ["environments"]);
      assert.deepEqual(
        changes.map(({ path }) => path),
        ["environments/prod/api.yaml", "environments/prod/api.yaml"],
      );
      assert.equal(await clone.git("log", "--format=%s", MAIN), "Bump\nSigned\nStart");
      assert.deepEqual(await clone.list(MAIN), ["environments/prod/api.yaml", "ä b"].sort());
      const tree = await withFiles(clone, MAIN, new Map([["ä b", "1\r\n2\n"]]));
      const commit = await commitTree(clone, { tree, parents: [MAIN], message: "Ändert" }, author);
      assert.equal(await clone.read(commit, "ä b"), "1\r\n2\n");
      assert.equal(await clone.git("log", "-1", "--format=%s %an %e", commit), "Ändert bump[bot] ");
      assert.doesNotMatch(await clone.git("log", "-1", "--format=%aI", commit), /^2001/);
      assert.equal(await mergedTree(clone, MAIN, commit), await clone.git("rev-parse", `${commit}^{tree}`));
      assert.equal(await clone.push({ ref: "refs/heads/release/x", to: commit, from: null }), true);
      await clone.fetch();
      assert.equal(await clone.resolve(remoteBranch("release/x")), commit);
      assert.equal(newest, await clone.resolve(MAIN));
    });
    assert.deepEqual(somebody.state(), theirs);
  });

  it("shows the difference of two texts regardless of the user's settings", async () => {
    assert.equal(await unifiedDiff("a\nb\nc\n", "a\nB\nc\n"), "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c");
  });

  it("reads and merges in a user's checkout regardless of its settings", async () => {
    for (const setting of ["log.showSignature", "core.fsmonitor", "core.hooksPath", "log.follow", "diff.relative"]) {
      somebody.git("config", setting, setting === "core.hooksPath" ? join(somebody.folder, "hooks") : "true");
    }
    const clone = Clone.at(somebody.folder);
    assert.equal(await clone.git("rev-parse", "--show-toplevel"), somebody.folder);
    assert.equal(await clone.git("log", "--format=%s"), "First");
    assert.equal(await mergedTree(clone, "HEAD", "HEAD"), await clone.git("rev-parse", "HEAD^{tree}"));
  });

  it("checks out another commit for a review without hooks or changes to the clone", async () => {
    const theirs = somebody.state();
    const found = await withRef(
      somebody.folder,
      "HEAD",
      () => undefined,
      (folder) => Promise.resolve(existsSync(folder)),
    );
    assert.equal(found, true);
    assert.deepEqual(somebody.state(), theirs);
  });

  it("runs as an alias in a linked worktree, where Git sets GIT_DIR, without changes to the clone", () => {
    process.env = before;
    const theirs = somebody.state();
    remote.git("push", "--quiet", "origin", "main", "main:env/prod");
    const alias = `!echo "$GIT_DIR" >&2; '${process.execPath}' '${join(root, "packages/gitops/bin/gitops.js")}'`;
    const said = spawnSync("git", ["-c", `alias.gitops=${alias}`, "gitops", "history", "--json"], {
      cwd: somebody.worktree,
      env: {
        ...isolated(),
        GITHUB_SERVER_URL: `file://${remote.folder}`,
        GITHUB_REPOSITORY: "vaarak/gitops",
        GITHUB_TOKEN: "t0k3n",
      },
      encoding: "utf8",
    });
    assert.match(said.stderr, /\/worktrees\/linked$/m);
    assert.ok(said.stdout.includes(newest), said.stdout + said.stderr);
    assert.deepEqual(somebody.state(), theirs);
  });

  it("uses the user's proxy and CAs, but no other setting that sends or trusts more", async () => {
    const requests: { readonly url: string | undefined; readonly headers: IncomingHttpHeaders }[] = [];
    const proxy = createServer(({ url, headers }, response) => {
      requests.push({ url, headers });
      response.writeHead(404).end();
    });
    await new Promise<void>((ready) => proxy.listen(0, "127.0.0.1", ready));
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const config = join(somebody.folder, "gitconfig");
    writeFileSync(
      config,
      `[http]\n proxy = ${address}\n sslVerify = false\n extraHeader = X-Else: 1\n cookieFile = /nowhere\n` +
        '[http "https://ghes.example/"]\n sslCAInfo = /ca.pem\n',
    );
    process.env = { ...before, GIT_CONFIG_GLOBAL: config };
    try {
      const settings = [
        ["http.proxy", address],
        ["http.https://ghes.example/.sslcainfo", "/ca.pem"],
      ];
      assert.deepEqual(await networkSettings(somebody.folder), settings);
      const target = { owner: "vaarak", name: "gitops", server: "http://git.invalid", api: "", token: "t0k3n" };
      await assert.rejects(
        Clone.with(target, () => Promise.resolve()),
        /not found/,
      );
    } finally {
      await new Promise((closed) => proxy.close(closed));
    }
    const [first] = requests;
    assert.match(first?.url ?? "", /^http:\/\/git\.invalid\/vaarak\/gitops\.git\/info\/refs/);
    assert.match(first?.headers.authorization ?? "", /^Basic /);
    assert.equal(first?.headers["x-else"], undefined);
  });

  it("takes the identity and the clone's origin from the user's Git settings, including insteadOf", async () => {
    process.env = { ...before, ...misleading(somebody.folder), GITHUB_TOKEN: "t" };
    const config = join(somebody.folder, "gitconfig");
    writeFileSync(
      config,
      '[user]\n name = Ada\n email = ada@example.com\n[url "https://github.com/"]\n insteadOf = gh:\n',
    );
    process.env.GIT_CONFIG_GLOBAL = config;
    somebody.git("remote", "add", "origin", "gh:vaarak/deploy.git");
    const { repository, env, folder } = { repository: undefined, env: { GITHUB_TOKEN: "t" }, folder: somebody.folder };
    const target = await findTarget({ repository, env, folder });
    assert.deepEqual([target.owner, target.name, target.server], ["vaarak", "deploy", "https://github.com"]);
    const who = await findActor(undefined as never, target, readInvocation({}));
    assert.deepEqual(who.identity, { name: "Ada", email: "ada@example.com" });
  });
});
