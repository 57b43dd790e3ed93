import assert from "node:assert/strict";
import { bringing, type Version } from "../../../gitops/git/file-history";

/** `c3=X c2=E` is a history, newest first; `c1=` removed the file. */
const history = (text: string): Version[] =>
  text.split(" ").flatMap((entry) => {
    const [commit = "", blob] = entry.split("=");
    return commit === "" ? [] : [{ commit, blob: blob === "" ? undefined : blob }];
  });

describe("the commits that bring a release", () => {
  const cases: [what: string, onMain: string, onEnvironment: string, released: string | undefined, commits: string][] =
    [
      ["since main had what the environment has", "c3=X c2=E c1=D", "e1=E", "X", "c3"],
      ["all on the way, not the last alone", "c4=X c3=W c2=E c1=D", "e1=E", "X", "c4 c3"],
      ["not what came after the release", "c4=Y c3=X c2=E", "e1=E", "X", "c3"],
      ["from the newest time that main had it", "c4=X c3=E c2=X c1=E", "e1=E", "X", "c4"],
      ["from the whole history, of a file that is new to the environment", "c2=X c1=W", "", "X", "c2 c1"],
      ["since it was removed, of a file that comes again", "c3=X c2= c1=W", "", "X", "c3"],
      ["since the environment's version before, where it was released by hand", "c2=X c1=E", "e2=H e1=E", "X", "c2"],
      ["of a removal", "c2= c1=E", "e1=E", undefined, "c2"],
      ["none, of what main never had", "c2=X c1=E", "e1=E", "H", ""],
      ["whole, where main never had anything of the environment's", "c2=X c1=W", "e1=H", "X", "c2 c1"],
    ];
  for (const [what, onMain, onEnvironment, released, commits] of cases) {
    it(`are counted ${what}`, () => {
      const found = bringing(history(onMain), history(onEnvironment), released);
      assert.equal(found.map(({ commit }) => commit).join(" "), commits);
    });
  }
});
