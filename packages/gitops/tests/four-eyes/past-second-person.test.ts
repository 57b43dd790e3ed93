import assert from "node:assert/strict";
import { breakGlassId, readBreakGlass } from "../../four-eyes/judge";

const glass = { by: "ada", reason: "the site is down" };

describe("the use of break-glass", () => {
  it("is read from the check, for its own commit only", () => {
    const run = { conclusion: null, title: "", summary: "", externalId: breakGlassId("head"), data: glass };
    assert.deepEqual(readBreakGlass(run, "head"), glass);
    assert.equal(readBreakGlass(run, "other"), undefined);
    assert.equal(readBreakGlass({ ...run, externalId: "" }, "head"), undefined);
    assert.equal(readBreakGlass({ ...run, data: { by: "ben" } }, "head"), undefined);
  });
});
