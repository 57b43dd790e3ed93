import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { changesBetween, readFileChanges } from "../../git/file-history";
import { carry, mergedTree } from "../../git/commits";
import { LocalRepository } from "@gitops-platform/test-support/local-repository";

describe("revisions of a clone", () => {
  let local: LocalRepository;
  beforeEach(() => {
    local = new LocalRepository();
  });
  afterEach(() => {
    local.remove();
  });

  it("differ in added, removed and changed files and types; a rename is an addition and a removal", async () => {
    const from = local.commit({ went: "a", changed: "a", "old name": "a\nb\nc\n", link: "a" });
    const to = local.commit({ went: null, changed: "b", "old name": null, "new\nname": "a\nb\nc\n", link: "-> b" });
    const changes = await changesBetween(local.clone, from, to);
    assert.deepEqual(
      changes.map(({ path, mode, before }) => [path, before?.mode, mode]),
      [
        ["changed", "100644", "100644"],
        ["link", "100644", "120000"],
        ["new\nname", undefined, "100644"],
        ["old name", "100644", undefined],
        ["went", "100644", undefined],
      ],
    );
    assert.equal(await local.clone.git("cat-file", "blob", changes[0]?.blob ?? ""), "b");
    assert.deepEqual(await changesBetween(local.clone, from, from), []);
    assert.equal((await changesBetween(local.clone, from, to, "went")).length, 1);
  });

  it("can be combined: one path of the first on top of the second", async () => {
    const from = local.commit({ "charts/a": "new", "charts/gone": null, "charts/added": "x", other: "new" });
    local.git("checkout", "--quiet", "--orphan", "onto");
    local.git("rm", "-rqf", ".");
    const onto = local.commit({ "charts/a": "old", "charts/gone": "y", other: "old" });
    const tree = await carry(local.clone, onto, from, "charts");
    assert.deepEqual(await local.clone.list(tree), ["charts/a", "charts/added", "other"]);
    assert.equal(await local.clone.read(tree, "charts/a"), "new");
    assert.equal(await local.clone.read(tree, "other"), "old");
    assert.equal(await carry(local.clone, onto, onto, "charts"), local.git("rev-parse", `${onto}^{tree}`));
  });

  it("merge into a tree, or into none if they conflict", async () => {
    const start = local.commit({ a: "1\n", b: "1\n" });
    const ours = local.commit({ a: "2\n" });
    local.git("checkout", "--quiet", start);
    const theirs = local.commit({ b: "2\n" });
    const tree = await mergedTree(local.clone, ours, theirs);
    assert.deepEqual(
      [await local.clone.read(tree ?? "", "a"), await local.clone.read(tree ?? "", "b")],
      ["2\n", "2\n"],
    );
    const conflicting = local.commit({ a: "3\n" });
    assert.equal(await mergedTree(local.clone, ours, conflicting), undefined);
    await assert.rejects(mergedTree(local.clone, ours, "nowhere"), /^Failure|GitFailure|git merge-tree/);
  });

  it("list a file's history by merges, not by the commits in them", async () => {
    const first = local.commit({ f: "1" });
    local.git("checkout", "--quiet", "-b", "request");
    local.commit({ f: "2" });
    local.commit({ f: "3", beside: "x" });
    local.git("checkout", "--quiet", "main");
    local.git("merge", "--quiet", "--no-ff", "-m", "Merge", "request");
    const merge = local.git("rev-parse", "HEAD");
    local.commit({ beside: "y" });
    const last = local.commit({ f: null });
    const history = await readFileChanges(local.clone, "main", ["f"]);
    assert.deepEqual(
      history.map(({ commit }) => commit),
      [last, merge, first],
    );
    const blobs = [null, local.git("rev-parse", `${merge}:f`), local.git("rev-parse", `${first}:f`)];
    assert.deepEqual(
      history.map(({ after }) => after),
      blobs,
    );
  });

  it("keep a user's own clone after they are closed", async () => {
    await local.clone.close();
    assert.equal(existsSync(local.folder), true);
  });
});
