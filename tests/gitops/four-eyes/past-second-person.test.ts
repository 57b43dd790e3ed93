import assert from "node:assert/strict";
import { breakGlassId, readBreakGlass } from "../../../gitops/four-eyes/past-second-person";
import { glassTitle } from "../../../gitops/four-eyes/verdict-text";

const glass = { by: "ada", reason: "the site is down" };

describe("a broken glass", () => {
  it("is read back from the check, for its own commit only", () => {
    const run = { conclusion: null, title: glassTitle(glass), summary: "", externalId: breakGlassId("head") };
    assert.deepEqual(readBreakGlass(run, "head"), glass);
    assert.equal(readBreakGlass(run, "other"), undefined);
    assert.equal(readBreakGlass({ ...run, externalId: "" }, "head"), undefined);
    assert.equal(readBreakGlass({ ...run, title: "Approved by ben" }, "head"), undefined);
  });
});
