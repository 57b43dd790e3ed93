import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Git } from "../../git/git";
import { findObject, readObject } from "../../git/objects";
import { readRef, resolveCommit } from "../../git/refs";
import { GitRepositories } from "../../git/repositories";
import { writeCommit, writeTree } from "../../git/write-commit";

const ADA = { name: "Ada", email: "ada@example.com", date: "2026-01-01T00:00:00Z" };

describe("GitHub stand-in: its requests to git", () => {
  const folder = mkdtempSync(join(tmpdir(), "github-git-"));
  const repositories = new GitRepositories(folder);
  let git: Git;
  let commit: string;
  beforeEach(async () => {
    git = await repositories.create(1, "main");
    const tree = await writeTree(git, undefined, [{ path: "a/b.txt", content: Buffer.from("one\n") }]);
    commit = await writeCommit(git, tree, [], { message: "First", author: ADA, committer: ADA });
  });
  afterEach(() => repositories.remove(1));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  /** Removes the commit's objects while the work runs. */
  const withoutObjects = async <T>(work: () => Promise<T>): Promise<T> => {
    const [objects, away] = [join(git.dir, "objects", commit.slice(0, 2)), join(folder, "away")];
    renameSync(objects, away);
    try {
      return await work();
    } finally {
      renameSync(away, objects);
    }
  };

  it("reads an object once", async () => {
    const name = `${commit}:a/b.txt`;
    assert.equal((await readObject(git, name))?.content.toString(), "one\n");
    const again = await withoutObjects(() => readObject(repositories.open(1), name));
    assert.equal(again?.content.toString(), "one\n");
  });

  it("looks again for an object that was missing", async () => {
    const name = `${commit}:a/b.txt`;
    assert.equal(await withoutObjects(() => findObject(git, name)), undefined);
    assert.equal((await findObject(git, name))?.type, "blob");
    await withoutObjects(() => assert.rejects(git.run(["rev-list", commit])));
    assert.equal(await git.run(["rev-list", commit]), commit);
  });

  it("forgets a repository that was removed", async () => {
    assert.equal((await findObject(git, commit))?.type, "commit");
    await repositories.remove(1);
    git = await repositories.create(1, "main");
    assert.equal(await findObject(repositories.open(1), commit), undefined);
  });

  it("reads branches and tags again each time", async () => {
    const list = () => git.run(["rev-list", "--all"]);
    assert.equal(await list(), "");
    assert.equal(await readRef(git, "refs/heads/main"), undefined);
    assert.equal(await resolveCommit(git, "main"), undefined);
    await git.run(["update-ref", "refs/heads/main", commit]);
    assert.equal(await list(), commit);
    assert.deepEqual(await readRef(git, "refs/heads/main"), { name: "refs/heads/main", sha: commit, type: "commit" });
    assert.equal(await resolveCommit(git, "main"), commit);
  });

  it("finds packed refs, also after they moved or were deleted", async () => {
    await git.run(["update-ref", "refs/heads/env/prod", commit]);
    await git.run(["update-ref", "refs/tags/blob", `${commit}:a/b.txt`]);
    await git.run(["pack-refs", "--all"]);
    assert.equal((await readRef(git, "refs/heads/env/prod"))?.sha, commit);
    assert.equal((await readRef(git, "refs/tags/blob"))?.type, "blob");
    assert.equal(await resolveCommit(git, "blob"), undefined);
    for (const none of [
      "refs/heads/env",
      "refs/heads/env/prod/x",
      "refs/heads/prod",
      `refs/heads/${"x".repeat(300)}`,
    ]) {
      assert.equal(await readRef(git, none), undefined, none);
    }
    const later = await writeCommit(git, `${commit}^{tree}`, [commit], {
      message: "Next",
      author: ADA,
      committer: ADA,
    });
    await git.run(["update-ref", "refs/heads/env/prod", later]);
    assert.equal((await readRef(git, "refs/heads/env/prod"))?.sha, later);
    await git.run(["update-ref", "-d", "refs/heads/env/prod"]);
    assert.equal(await readRef(git, "refs/heads/env/prod"), undefined);
  });

  it("prefers a complete object name to a branch of that name, and a branch to a tag", async () => {
    const other = await writeCommit(git, `${commit}^{tree}`, [], { message: "Other", author: ADA, committer: ADA });
    await git.run(["update-ref", `refs/heads/${commit}`, other]);
    assert.equal(await resolveCommit(git, commit), commit);
    await git.run(["update-ref", "refs/heads/both", commit]);
    await git.run(["update-ref", "refs/tags/both", other]);
    assert.equal(await resolveCommit(git, "both"), commit);
    assert.equal(await resolveCommit(git, "refs/tags/both"), other);
    assert.equal(await resolveCommit(git, "tags/both"), other);
    assert.equal(await resolveCommit(git, other.slice(0, 12)), other);
    assert.equal(await resolveCommit(git, "f".repeat(40)), undefined);
    assert.equal(await resolveCommit(git, "no..name"), undefined);
  });
});
