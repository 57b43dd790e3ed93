import assert from "node:assert/strict";
import { type FileChange, introducedBy } from "../../git/file-history";

/** `c3=X c2=E` is a history, newest first; `c1=` removed the file. */
const history = (text: string): FileChange[] =>
  text.split(" ").flatMap((entry) => {
    const [commit = "", blob] = entry.split("=");
    return commit === "" ? [] : [{ commit, path: "f", before: null, after: blob === "" ? null : (blob ?? null) }];
  });

describe("the commits of a release", () => {
  const cases: [what: string, onMain: string, onEnvironment: string, released: string | null, commits: string][] = [
    ["those since main had the environment's version", "c3=X c2=E c1=D", "e1=E", "X", "c3"],
    ["all since then, not only the last", "c4=X c3=W c2=E c1=D", "e1=E", "X", "c4 c3"],
    ["those up to the release", "c4=Y c3=X c2=E", "e1=E", "X", "c3"],
    ["those since the last time that main had it", "c4=X c3=E c2=X c1=E", "e1=E", "X", "c4"],
    ["the whole history of a file that is new to the environment", "c2=X c1=W", "", "X", "c2 c1"],
    ["those since the removal of a file that was added again", "c3=X c2= c1=W", "", "X", "c3"],
    [
      "those since the environment's previous version, if the present one was released by hand",
      "c2=X c1=E",
      "e2=H e1=E",
      "X",
      "c2",
    ],
    ["the removal of a file", "c2= c1=E", "e1=E", null, "c2"],
    ["none for a version that main never had", "c2=X c1=E", "e1=E", "H", ""],
    ["the whole history if main never had a version of the environment", "c2=X c1=W", "e1=H", "X", "c2 c1"],
  ];
  for (const [what, onMain, onEnvironment, released, commits] of cases) {
    it(`are ${what}`, () => {
      const blobs = history(onEnvironment).map(({ after }) => after);
      const found = introducedBy(history(onMain), released, blobs.length > 0 ? blobs : [null], "all");
      assert.equal(found.map(({ commit }) => commit).join(" "), commits);
    });
  }

  it("are only the newest on request, if main never had a version of the environment", () => {
    const found = introducedBy(history("c3=X c2=W c1=V"), "X", ["H"], "newest");
    assert.deepEqual(
      found.map(({ commit }) => commit),
      ["c3"],
    );
  });
});
