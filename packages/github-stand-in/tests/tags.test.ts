import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gitops, Protected } from "./protected";
import { refusal } from "./support";

describe("GitHub stand-in: tags", function () {
  this.timeout(30_000);
  const github = new Protected();
  before(async () => {
    await github.start();
    await github.set();
  });
  after(() => github.remove());

  it("accepts a signed tag that git pushes with an App's token, and lists and shows it", async () => {
    const clone = await github.clone("platform-app");
    const key = join(github.folder, "key");
    execFileSync("ssh-keygen", ["-q", "-t", "rsa", "-b", "2048", "-m", "PEM", "-N", "", "-f", key]);
    const sign = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`];
    const name = "release/prod/0123456789ab";
    await clone.git(...sign, "tag", "-s", "-m", "Release api\n\nEnvironment: prod", name);
    await clone.git("tag", "v1", "main~1");
    await clone.git("push", "--quiet", "origin", "--tags");
    const sha = await clone.git("rev-parse", `refs/tags/${name}`);
    const commit = await clone.git("rev-parse", "main");

    const { git, repos } = github.octokit("rita").rest;
    const refs = (await git.listMatchingRefs({ ...gitops, ref: "tags/release/prod/" })).data;
    assert.deepEqual(
      refs.map(({ ref, object }) => [ref, object.type, object.sha]),
      [[`refs/tags/${name}`, "tag", sha]],
    );
    const tag = (await git.getTag({ ...gitops, tag_sha: sha })).data;
    assert.deepEqual([tag.tag, tag.sha, tag.object.type, tag.object.sha], [name, sha, "commit", commit]);
    assert.equal(tag.message, "Release api\n\nEnvironment: prod\n");
    assert.deepEqual([tag.tagger.name, tag.tagger.email], ["Test", "test@example.com"]);
    assert.match(tag.tagger.date, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.deepEqual([tag.verification?.verified, tag.verification?.reason], [false, "unknown_key"]);
    assert.match(String(tag.verification?.signature), /^-----BEGIN SSH SIGNATURE-----\n/);
    const listed = (await repos.listTags(gitops)).data;
    assert.deepEqual(
      listed.map((entry) => [entry.name, entry.commit.sha]),
      [
        ["v1", await clone.git("rev-parse", "main~1")],
        [name, commit],
      ],
    );

    // The served tag is complete: it can be verified in another clone.
    const other = await github.clone("rita");
    const signers = join(github.folder, "signers");
    writeFileSync(signers, `gitops-release namespaces="git" ${readFileSync(`${key}.pub`, "utf8")}`);
    const verify = ["-c", "gpg.format=ssh", "-c", `gpg.ssh.allowedSignersFile=${signers}`, "verify-tag", name];
    await other.git(...verify);
  });

  it("returns no tag object for a commit, or for a lightweight tag", async () => {
    const { git } = github.octokit("rita").rest;
    const { object } = (await git.getRef({ ...gitops, ref: "tags/v1" })).data;
    assert.equal(object.type, "commit");
    assert.equal((await refusal(git.getTag({ ...gitops, tag_sha: object.sha }))).status, 404);
    assert.equal((await refusal(git.getTag({ ...gitops, tag_sha: "v1" }))).status, 404);
  });
});
