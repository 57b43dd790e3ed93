import assert from "node:assert/strict";
import { verdict } from "../../../gitops/four-eyes/verdict";

const approval = (login: string, commit = "head") => ({ login, commit });
const ada = { login: "ada", did: "asked for #12" };

describe("the verdict of four-eyes", () => {
  it("waits where nobody approves, and says whose approval would not count", () => {
    const { conclusion, title, summary } = verdict([], [ada], "head");
    assert.deepEqual([conclusion, title], ["failure", "Waits for an approval"]);
    assert.match(summary, /their approval does not count:\n\n- ada asked for #12\n/);
  });

  it("waits where only another commit was approved", () => {
    assert.equal(verdict([approval("ben", "older")], [ada], "head").title, "Waits for an approval");
  });

  it("fails by one approver who had a part in it, beside others, and says who, why and the way out", () => {
    const result = verdict([approval("ben"), approval("Ada")], [ada], "head");
    assert.equal(result.conclusion, "failure");
    assert.equal(
      result.summary,
      "- ada asked for #12, which this releases: their approval does not count; dismiss it and ask another approver.",
    );
    assert.deepEqual(result.approvers, ["ben"]);
  });

  it("fails by an older approval of one who had a part in it: GitHub may still count it", () => {
    assert.equal(verdict([approval("ben"), approval("ada", "older")], [ada], "head").conclusion, "failure");
  });

  it("succeeds where others approve, and names them", () => {
    const result = verdict([approval("ben"), approval("cleo", "older")], [ada], "head");
    assert.deepEqual([result.conclusion, result.title], ["success", "Approved by ben and cleo"]);
  });
});
