import assert from "node:assert/strict";
import { type FileChange, introducedBy } from "../../git/file-history";

/** `c3=X c2=E` is a history, newest first; `c1=` removed the file. */
const history = (text: string): FileChange[] =>
  text.split(" ").flatMap((entry) => {
    const [commit = "", blob] = entry.split("=");
    return commit === "" ? [] : [{ commit, path: "f", before: null, after: blob === "" ? null : (blob ?? null) }];
  });

describe("the commits that bring a release", () => {
  const cases: [what: string, onMain: string, onEnvironment: string, released: string | null, commits: string][] = [
    ["since main had what the environment has", "c3=X c2=E c1=D", "e1=E", "X", "c3"],
    ["all on the way, not the last alone", "c4=X c3=W c2=E c1=D", "e1=E", "X", "c4 c3"],
    ["not what came after the release", "c4=Y c3=X c2=E", "e1=E", "X", "c3"],
    ["from the newest time that main had it", "c4=X c3=E c2=X c1=E", "e1=E", "X", "c4"],
    ["from the whole history, of a file that is new to the environment", "c2=X c1=W", "", "X", "c2 c1"],
    ["since it was removed, of a file that comes again", "c3=X c2= c1=W", "", "X", "c3"],
    ["since the environment's version before, where it was released by hand", "c2=X c1=E", "e2=H e1=E", "X", "c2"],
    ["of a removal", "c2= c1=E", "e1=E", null, "c2"],
    ["none, of what main never had", "c2=X c1=E", "e1=E", "H", ""],
    ["whole, where main never had anything of the environment's", "c2=X c1=W", "e1=H", "X", "c2 c1"],
  ];
  for (const [what, onMain, onEnvironment, released, commits] of cases) {
    it(`are counted ${what}`, () => {
      const blobs = history(onEnvironment).map(({ after }) => after);
      const found = introducedBy(history(onMain), released, blobs.length > 0 ? blobs : [null], "all");
      assert.equal(found.map(({ commit }) => commit).join(" "), commits);
    });
  }

  it("are the newest alone where that is asked for, and main never had anything of the environment's", () => {
    const found = introducedBy(history("c3=X c2=W c1=V"), "X", ["H"], "newest");
    assert.deepEqual(
      found.map(({ commit }) => commit),
      ["c3"],
    );
  });
});
