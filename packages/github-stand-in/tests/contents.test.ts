import assert from "node:assert/strict";
import type { Octokit } from "@octokit/rest";
import { base64, refusal, StandIn } from "./support";

describe("GitHub stand-in: contents, refs and commits", function () {
  this.timeout(20_000);
  const github = new StandIn();
  const gitops = { owner: "vaarak", repo: "gitops" };
  let ada: Octokit;
  before(async () => {
    await github.start();
    ada = await github.repository();
  });
  after(() => github.remove());

  const write = (path: string, text: string, more: { sha?: string; branch?: string } = {}) =>
    ada.rest.repos.createOrUpdateFileContents({
      ...gitops,
      path,
      message: `Write ${path}`,
      content: base64(text),
      ...more,
    });

  it("writes, reads, updates and deletes a file as commits", async () => {
    const created = await write("environments/dev/a pi.yaml", "tag: one\n");
    assert.equal(created.status, 201);
    const file = { ...gitops, path: "environments/dev/a pi.yaml" };
    const read = (await ada.rest.repos.getContent({ ...file, ref: "main" })).data;
    assert.ok(!Array.isArray(read) && read.type === "file");
    assert.equal(Buffer.from(read.content, "base64").toString(), "tag: one\n");
    assert.match(read.url, /a%20pi\.yaml\?ref=main$/);
    const person = { name: "CI", email: "ci@example.com", date: "2026-01-02T03:04:05Z" };
    const updated = await ada.rest.repos.createOrUpdateFileContents({
      ...file,
      message: "Bump\n\nbecause",
      content: base64("tag: two\n"),
      sha: read.sha,
      committer: person,
    });
    assert.equal(updated.status, 200);
    assert.deepEqual([updated.data.commit.author, updated.data.commit.committer], [person, person]);
    const sha = updated.data.commit.sha ?? "";
    const commit = (await ada.rest.repos.getCommit({ ...gitops, ref: sha })).data;
    assert.equal(commit.commit.message, "Bump\n\nbecause");
    assert.deepEqual(
      commit.files?.map((entry) => [entry.filename, entry.status, entry.changes]),
      [[file.path, "modified", 2]],
    );
    const deleted = await ada.rest.repos.deleteFile({
      ...file,
      message: "Delete",
      sha: updated.data.content?.sha ?? "",
    });
    assert.equal(deleted.data.content, null);
    assert.equal((await refusal(ada.rest.repos.getContent(file))).status, 404);
  });

  it("lists a folder", async () => {
    await write("charts/service/Chart.yaml", "name: service\n");
    const { data } = await ada.rest.repos.getContent({ ...gitops, path: "charts" });
    assert.ok(Array.isArray(data));
    assert.deepEqual(
      data.map((entry) => [entry.path, entry.type]),
      [["charts/service", "dir"]],
    );
  });

  it("rejects writes that do not fit the file's current state", async () => {
    await write("state.txt", "1");
    const none = await refusal(write("state.txt", "2"));
    assert.deepEqual([none.status, none.message], [422, 'Invalid request.\n\n"sha" wasn\'t supplied.']);
    const other = "0123456789012345678901234567890123456789";
    const stale = await refusal(write("state.txt", "2", { sha: other }));
    assert.deepEqual([stale.status, stale.message], [409, `state.txt does not match ${other}`]);
    const branch = await refusal(write("state.txt", "2", { branch: "nope" }));
    assert.deepEqual([branch.status, branch.message], [404, "Branch nope not found"]);
    assert.equal((await refusal(write("state.txt/below", "2"))).status, 422);
    const text = ada.request("PUT /repos/vaarak/gitops/contents/x.txt", { message: "m", content: "not base64!" });
    assert.equal((await refusal(text)).message, "content is not valid Base64");
  });

  for (const path of ["../outside.txt", "a/../../b", ".git/config", "a/.GIT/hooks/x", "a//b", "./a"]) {
    it(`rejects the path ${path}`, async () => {
      const url = `/repos/vaarak/gitops/contents/${encodeURIComponent(path)}`;
      assert.equal((await refusal(ada.request(`PUT ${url}`, { message: "m", content: "" }))).status, 422);
      assert.equal((await refusal(ada.request(`GET ${url}`))).status, 404);
    });
  }

  it("loses no write among concurrent ones: each succeeds or gets 409", async () => {
    const before = (await ada.paginate(ada.rest.repos.listCommits, gitops)).length;
    const names = Array.from({ length: 8 }, (_, at) => `parallel-${at}.txt`);
    const results = await Promise.allSettled(names.map((name) => write(name, name)));
    const landed = results.filter((result) => result.status === "fulfilled");
    const refused = results.filter((result) => result.status === "rejected");
    assert.deepEqual(new Set(refused.map((result) => (result.reason as { status: number }).status)), new Set([409]));
    assert.equal((await ada.paginate(ada.rest.repos.listCommits, gitops)).length, before + landed.length);
    const { data } = await ada.rest.repos.getContent({ ...gitops, path: "" });
    assert.ok(Array.isArray(data));
    assert.equal(data.filter((entry) => entry.name.startsWith("parallel-")).length, landed.length);
  });

  it("creates, reads, moves and deletes refs", async () => {
    const main = (await ada.rest.git.getRef({ ...gitops, ref: "heads/main" })).data.object.sha;
    const created = await ada.rest.git.createRef({ ...gitops, ref: "refs/heads/env/prod", sha: main });
    assert.equal(created.data.ref, "refs/heads/env/prod");
    assert.equal((await ada.rest.repos.getBranch({ ...gitops, branch: "env/prod" })).data.commit.sha, main);
    const twice = await refusal(ada.rest.git.createRef({ ...gitops, ref: "refs/heads/env/prod", sha: main }));
    assert.deepEqual([twice.status, twice.message], [422, "Reference already exists"]);
    assert.equal((await refusal(ada.rest.git.createRef({ ...gitops, ref: "refs/heads/env", sha: main }))).status, 422);
    assert.equal((await refusal(ada.rest.git.createRef({ ...gitops, ref: "refs/heads/a..b", sha: main }))).status, 422);
    const [, parent = ""] = (await ada.rest.repos.listCommits(gitops)).data.map((commit) => commit.sha);
    const back = { ...gitops, ref: "heads/env/prod", sha: parent };
    assert.equal((await refusal(ada.rest.git.updateRef(back))).message, "Update is not a fast forward");
    assert.equal((await ada.rest.git.updateRef({ ...back, force: true })).data.object.sha, parent);
    const matching = await ada.rest.git.listMatchingRefs({ ...gitops, ref: "heads/env" });
    assert.deepEqual(
      matching.data.map((ref) => ref.ref),
      ["refs/heads/env/prod"],
    );
    const onBranch = await write("only-prod.txt", "x", { branch: "env/prod" });
    assert.equal(onBranch.data.commit.parents?.[0]?.sha, parent);
    const compared = (await ada.rest.repos.compareCommitsWithBasehead({ ...gitops, basehead: "main...env/prod" })).data;
    assert.deepEqual([compared.status, compared.ahead_by, compared.behind_by], ["diverged", 1, 1]);
    assert.deepEqual(
      compared.files?.map((file) => [file.filename, file.status]),
      [["only-prod.txt", "added"]],
    );
    await ada.rest.git.deleteRef({ ...gitops, ref: "heads/env/prod" });
    assert.equal((await refusal(ada.rest.git.getRef({ ...gitops, ref: "heads/env/prod" }))).status, 404);
    assert.equal((await refusal(ada.rest.git.deleteRef({ ...gitops, ref: "heads/main" }))).status, 422);
  });

  it("builds commits from blobs and trees", async () => {
    const main = (await ada.rest.repos.getBranch({ ...gitops, branch: "main" })).data.commit;
    const blob = (await ada.rest.git.createBlob({ ...gitops, content: "#!/bin/sh\n" })).data.sha;
    const entry = { path: "bin/run", mode: "100755", type: "blob", sha: blob } as const;
    const gone = { path: "README.md", mode: "100644", type: "blob", sha: null } as const;
    const base = main.commit.tree.sha;
    const tree = (await ada.rest.git.createTree({ ...gitops, base_tree: base, tree: [entry, gone] })).data.sha;
    const commit = (await ada.rest.git.createCommit({ ...gitops, message: "Both", tree, parents: [main.sha] })).data
      .sha;
    const read = (await ada.rest.git.getTree({ ...gitops, tree_sha: commit, recursive: "true" })).data.tree;
    assert.deepEqual(read.find((line) => line.path === "bin/run")?.mode, "100755");
    assert.equal(
      read.some((line) => line.path === "README.md"),
      false,
    );
  });

  it("paginates commits, newest first, also of one path", async () => {
    const all = await ada.paginate(ada.rest.repos.listCommits, { ...gitops, per_page: 3 });
    assert.equal(all.at(-1)?.commit.message, "Initial commit");
    const one = await ada.rest.repos.listCommits({ ...gitops, path: "charts" });
    assert.deepEqual(
      one.data.map((commit) => commit.commit.message),
      ["Write charts/service/Chart.yaml"],
    );
  });
});
