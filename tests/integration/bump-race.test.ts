import assert from "node:assert/strict";
import { raceOf } from "@gitops-platform/gitops/tests/versions/bump-race";

describe("fifty bumps at once", function () {
  this.timeout(900_000);

  it("all land, by few pull requests and within GitHub's limits", async () => {
    const { outcomes, commits, pulls } = await raceOf(50);
    assert.deepEqual(
      outcomes.map(({ state }) => state),
      Array(50).fill("merged"),
    );
    assert.equal(new Set(commits).size, 50);
    // The first alone, and behind it those that came meanwhile.
    assert.ok(pulls <= 5, `${pulls} pull requests`);
  });
});
