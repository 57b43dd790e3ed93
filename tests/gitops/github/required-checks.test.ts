import assert from "node:assert/strict";
import { type ListedRun, standing } from "../../../gitops/github/checks";

const APP = 7;
const required = [{ name: "validate", app: APP }];
const run = (id: number, conclusion: string | null, app = APP): ListedRun => ({
  id,
  name: "validate",
  status: conclusion === null ? "in_progress" : "completed",
  conclusion,
  app: { id: app },
  output: { title: null, summary: null },
});
const of = (...runs: ListedRun[]) => {
  const { failed, missing } = standing(required, runs);
  return { failed: failed.map(({ id }) => id), missing };
};

describe("how a commit stands with its checks", () => {
  const good = { failed: [], missing: [] };
  const cases: [name: string, runs: ListedRun[], expected: { failed: number[]; missing: string[] }][] = [
    ["succeeded", [run(1, "success")], good],
    ["was skipped", [run(1, "skipped")], good],
    ["failed", [run(1, "failure")], { failed: [1], missing: [] }],
    ["was cancelled", [run(1, "cancelled")], { failed: [1], missing: [] }],
    ["runs", [run(1, null)], { failed: [], missing: ["validate"] }],
    ["was not reported", [], { failed: [], missing: ["validate"] }],
    ["was reported by another App only", [run(1, "success", 8)], { failed: [], missing: ["validate"] }],
    ["failed, and was run again", [run(2, "success"), run(1, "failure")], good],
    ["succeeded, and runs again", [run(1, "success"), run(2, null)], { failed: [], missing: ["validate"] }],
  ];
  for (const [name, runs, expected] of cases) {
    it(`counts what ${name}`, () => {
      assert.deepEqual(of(...runs), expected);
    });
  }
});
