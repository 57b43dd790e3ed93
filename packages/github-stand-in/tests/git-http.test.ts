import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { git, gitRefusal, refusal, StandIn } from "./support";

describe("GitHub stand-in: Git over HTTP", function () {
  this.timeout(20_000);
  const github = new StandIn();
  const gitops = { owner: "vaarak", repo: "gitops" };
  before(async () => {
    await github.start();
    await github.repository();
  });
  after(() => github.remove());

  it("clones, pushes and fetches what was pushed", async () => {
    const ben = await github.clone("ben");
    writeFileSync(join(ben.folder, "file.txt"), "one\n");
    await ben.git("add", ".");
    await ben.git("commit", "--quiet", "-m", "Add a file");
    await ben.git("push", "--quiet", "origin", "main");
    const head = await ben.git("rev-parse", "HEAD");
    const branch = await github.octokit("ada").rest.repos.getBranch({ ...gitops, branch: "main" });
    assert.equal(branch.data.commit.sha, head);
    const cleo = await github.clone("cleo", "--depth=1");
    assert.equal(await cleo.git("rev-parse", "HEAD"), head);
    assert.equal(await cleo.git("rev-list", "--count", "HEAD"), "1");
  });

  it("force-pushes a branch back, and deletes one", async () => {
    const ben = await github.clone("ben");
    await ben.git("push", "--quiet", "origin", "main:topic");
    await ben.git("push", "--quiet", "--force", "origin", "main~1:topic");
    const ada = github.octokit("ada");
    const topic = await ada.rest.repos.getBranch({ ...gitops, branch: "topic" });
    assert.equal(topic.data.commit.sha, await ben.git("rev-parse", "main~1"));
    await ben.git("push", "--quiet", "origin", ":topic");
    assert.equal((await refusal(ada.rest.repos.getBranch({ ...gitops, branch: "topic" }))).message, "Branch not found");
  });

  it("speaks protocol version 2 with compressed requests", async () => {
    const ben = await github.clone("ben");
    // git compresses the request because it has many refs to compare.
    const lines = Array.from({ length: 60 }, (_, at) => `create refs/tags/t${at} HEAD`).join("\n");
    writeFileSync(join(ben.folder, "refs"), `${lines}\n`);
    await git(ben.folder, "-c", "alias.tags=!git update-ref --stdin < refs", "tags");
    await ben.git("push", "--quiet", "origin", "--tags");
    const messages = Array.from({ length: 60 }, (_, at) => `Local ${at}`);
    ben.commitNothing("main", messages);
    const traced = await git(ben.folder, "-c", "protocol.version=2", "fetch", "--quiet", "origin", "main");
    assert.equal(traced, "");
    const refs = await ben.git("ls-remote", "--tags", "origin");
    assert.equal(refs.split("\n").length, 60);
    const before = await ben.git("ls-remote", "origin", "refs/pull/*");
    assert.equal(before, "");
  });

  it("accepts a push larger than any body of the API, chunked and streamed", async () => {
    const ben = await github.clone("ben");
    const blocks = Array.from({ length: 40_000 }, (_, at) => createHash("sha512").update(String(at)).digest());
    writeFileSync(join(ben.folder, "big.bin"), Buffer.concat([...blocks, ...blocks.map((block) => block.reverse())]));
    await ben.git("add", "big.bin");
    await ben.git("commit", "--quiet", "-m", "Add a big file");
    await git(ben.folder, "-c", "http.postBuffer=65536", "push", "--quiet", "origin", "HEAD:big");
    const remote = await ben.git("ls-remote", "origin", "refs/heads/big");
    assert.equal(remote.split("\t")[0], await ben.git("rev-parse", "HEAD"));
  });

  it("rejects accounts without permission", async () => {
    const cleo = await github.clone("cleo");
    await cleo.git("commit", "--quiet", "--allow-empty", "-m", "No");
    assert.match(
      await gitRefusal(cleo.git("push", "origin", "main")),
      /Permission to vaarak\/gitops\.git denied to cleo\.[^]*403/,
    );
    assert.match(await gitRefusal(git(github.folder, "ls-remote", github.remote("dan"))), /Repository not found/);
    assert.match(await gitRefusal(git(github.folder, "ls-remote", github.remote("nobody"))), /Bad credentials/);
    const anonymous = await fetch(`${github.url}/vaarak/gitops.git/info/refs?service=git-upload-pack`);
    assert.deepEqual([anonymous.status, anonymous.headers.get("www-authenticate")], [401, 'Basic realm="GitHub"']);
    const ben = await github.clone("ben");
    assert.match(await gitRefusal(ben.git("push", "origin", ":main")), /refusing to delete the current branch/);
    assert.match(await gitRefusal(ben.git("push", "origin", "main:refs/pull/1/head")), /deny updating a hidden ref/);
  });

  it("checks the permission again when the refs move", async () => {
    const ada = github.octokit("ada");
    const ben = await github.clone("ben");
    await ben.git("commit", "--quiet", "--allow-empty", "-m", "Late");
    await ada.rest.repos.update({ ...gitops, archived: true });
    assert.match(
      await gitRefusal(ben.git("push", "origin", "main")),
      /This repository was archived so it is read-only/,
    );
    await ada.rest.repos.update({ ...gitops, archived: false });
  });

  it("recovers from a crash: removes stale locks, keeps data", async () => {
    const ada = github.octokit("ada");
    const hook = await ada.rest.repos.createWebhook({
      ...gitops,
      active: false,
      config: { url: "http://127.0.0.1:9/", secret: "quiet" },
    });
    const main = (await ada.rest.repos.getBranch({ ...gitops, branch: "main" })).data.commit.sha;
    await github.stop();
    const repositories = join(github.data, "repositories");
    const [name = ""] = readdirSync(repositories);
    // The state after a kill: a lock, an incomplete repository, an incomplete database file.
    writeFileSync(join(repositories, name, "refs", "heads", "main.lock"), "");
    writeFileSync(join(repositories, "999.new"), "");
    writeFileSync(join(github.data, "database.json.new"), '{"nextId":');
    await github.start();
    const again = github.octokit("ada");
    assert.equal((await again.rest.repos.getBranch({ ...gitops, branch: "main" })).data.commit.sha, main);
    const kept = await again.rest.repos.getWebhook({ ...gitops, hook_id: hook.data.id });
    assert.equal(kept.data.config.secret, "********");
    assert.equal(existsSync(join(repositories, "999.new")), false);
    const file = { ...gitops, path: "after.txt", message: "After", content: "" };
    assert.equal((await again.rest.repos.createOrUpdateFileContents(file)).status, 201);
  });
});
