import assert from "node:assert/strict";
import type { CheckRunRecord, Conclusion, StatusRecord } from "../../store/records";
import { missingChecks, type Reports } from "../../domain/required-checks";

const status = (state: StatusRecord["state"], appId: number | null = null, context = "ci") =>
  ({ context, state, appId }) as StatusRecord;
const run = (conclusion: Conclusion | null, appId = 1, name = "ci", state: CheckRunRecord["status"] = "completed") =>
  ({ name, conclusion, status: state, app: { id: appId, slug: "app" } }) as CheckRunRecord;
const reports = (statuses: StatusRecord[], runs: CheckRunRecord[] = []): Reports => ({ statuses, runs });

describe("GitHub stand-in: required checks", () => {
  const any = { context: "ci" };
  const pinned = { context: "ci", integration_id: 7 };
  const is = (state: string) => `Required status check "ci" is ${state}.`;
  const table: [what: string, required: typeof any, Reports, string | undefined][] = [
    ["nothing reported", any, reports([]), is("expected")],
    ["a status", any, reports([status("success")]), undefined],
    ["another context", any, reports([status("success", null, "lint")]), is("expected")],
    ["the newest status counts", any, reports([status("success"), status("failure")]), is("failing")],
    ["pending", any, reports([status("pending")]), is("pending")],
    ["an error", any, reports([status("error")]), is("failing")],
    ["a run", any, reports([], [run("success")]), undefined],
    ["neutral and skipped", any, reports([], [run("neutral"), run("skipped", 2)]), undefined],
    ["the newest run of an App counts", any, reports([], [run("failure"), run("success")]), undefined],
    ["the runs of all Apps count", any, reports([], [run("failure", 1), run("success", 2)]), is("failing")],
    ["a run under way", any, reports([], [run(null, 1, "ci", "in_progress")]), is("in progress")],
    ["both must succeed", any, reports([status("failure")], [run("success")]), is("failing")],
    ["pinned, a person's status", pinned, reports([status("success")]), is("expected")],
    ["pinned, another App's run", pinned, reports([], [run("success", 8)]), is("expected")],
    ["pinned, its own run", pinned, reports([], [run("success", 7)]), undefined],
    ["pinned, its own status", pinned, reports([status("success", 7)]), undefined],
    ["pinned, another's failure", pinned, reports([status("failure", 8)], [run("success", 7)]), undefined],
    [
      "pinned, its failure, then a forged success",
      pinned,
      reports([status("failure", 7), status("success", 8)]),
      is("failing"),
    ],
  ];
  for (const [what, required, given, missing] of table) {
    it(`${what}: ${missing ?? "fulfilled"}`, () => {
      assert.equal(missingChecks([required], given), missing);
    });
  }

  it("counts the missing checks", () => {
    const names = ["a", "b", "c"].map((context) => ({ context }));
    assert.equal(missingChecks(names, reports([])), "3 of 3 required status checks are expected.");
    assert.equal(
      missingChecks(names, reports([status("failure", null, "a"), status("success", null, "c")])),
      "2 of 3 required status checks have not succeeded: 1 failing and 1 expected.",
    );
    assert.equal(missingChecks([], reports([])), undefined);
  });
});
