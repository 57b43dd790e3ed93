import assert from "node:assert/strict";
import { breakGlassId, pastSecondPerson, readBreakGlass } from "../../../gitops/four-eyes/past-second-person";

const approval = (login: string, commit = "head") => ({ login, commit });
const ada = { login: "ada", did: "asked for #12" };
const eve = { login: "eve", did: "pushed to #12" };
const glass = { by: "Ada", reason: "the site is down" };
const judge = (approvals: ReturnType<typeof approval>[], involved = [ada]) =>
  pastSecondPerson(approvals, involved, "head", glass);

describe("the verdict past the second person", () => {
  it("succeeds by the approval of whoever broke the glass, and says who, why and what", () => {
    const { conclusion, title, summary, approvers, breakGlass } = judge([approval("ada")]);
    assert.deepEqual([conclusion, title], ["success", "Break-glass by @Ada: the site is down"]);
    assert.match(summary, /^@Ada asked for #12, which this releases, and lets head in .*:\n\n> the site is down$/);
    assert.deepEqual([approvers, breakGlass], [[], glass]);
  });

  it("excuses nobody else who had a part in it: a writer must not lend an owner's approval weight", () => {
    const result = judge([approval("ada"), approval("eve")], [ada, eve]);
    assert.deepEqual([result.conclusion, result.title], ["failure", "Approved by eve, who had a part in it"]);
    assert.deepEqual([result.involved, result.breakGlass], [[ada, eve], undefined]);
  });

  it("lasts as long as they approve the head themselves", () => {
    assert.equal(judge([]).conclusion, "failure");
    assert.equal(judge([approval("ada", "older")]).conclusion, "failure");
    assert.equal(judge([approval("eve")], [ada, eve]).conclusion, "failure");
  });

  it("is the ordinary one where a second person approved", () => {
    const { conclusion, title, breakGlass } = judge([approval("ben")]);
    assert.deepEqual([conclusion, title, breakGlass], ["success", "Approved by ben", undefined]);
  });

  it("is read back from the check, for its own commit only", () => {
    const { title, summary } = judge([approval("ada")]);
    const run = { conclusion: "success", title, summary, externalId: breakGlassId("head") };
    assert.deepEqual(readBreakGlass(run, "head"), glass);
    assert.equal(readBreakGlass(run, "other"), undefined);
    assert.equal(readBreakGlass({ ...run, externalId: "" }, "head"), undefined);
    assert.equal(readBreakGlass({ ...run, title: "Approved by ben" }, "head"), undefined);
  });
});
