/** Many bumps at once, within GitHub's limits of writes. Takes minutes, so it runs with the end-to-end tests. */
import assert from "node:assert/strict";
import { raceOf } from "./bump-race";

describe("fifty bumps at once", function () {
  this.slow(300_000);
  this.timeout(900_000);

  it("all land, by few pull requests and within 80 writes a minute", async () => {
    const { outcomes, commits, pulls } = await raceOf(50);
    assert.deepEqual(new Set(outcomes.map(({ state }) => state)), new Set(["merged"]));
    assert.equal(new Set(commits).size, 50);
    assert.ok(pulls <= 25, `${pulls} pull requests`);
  });
});
