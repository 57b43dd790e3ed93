import assert from "node:assert/strict";
import { raceOf } from "./bump-race";

describe("ten bumps at once", function () {
  this.slow(20_000);
  this.timeout(240_000);

  it("all land, in fewer pull requests", async () => {
    const { outcomes, commits, pulls } = await raceOf(10);
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      Array(10).fill("merged"),
    );
    assert.equal(new Set(commits).size, 10);
    assert.ok(pulls < 10, `${pulls} pull requests`);
  });
});
