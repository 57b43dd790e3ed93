import assert from "node:assert/strict";
import { type CheckRun, checkStatus, latestRuns, runsOf } from "../../github/checks";
import type { Session } from "../../session";

const APP = 7;
const required = [{ name: "validate", app: APP }];
const run = (id: number, conclusion: string | null, app = APP): CheckRun => ({
  id,
  name: "validate",
  conclusion,
  app: { id: app },
  title: null,
  summary: null,
  externalId: null,
});
const of = (...runs: CheckRun[]) => {
  const { failed, missing } = checkStatus(required, runs);
  return { failed: failed.map(({ id }) => id), missing };
};

describe("the status of a commit's checks", () => {
  const good = { failed: [], missing: [] };
  const cases: [name: string, runs: CheckRun[], expected: { failed: number[]; missing: string[] }][] = [
    ["succeeded", [run(1, "success")], good],
    ["was skipped", [run(1, "skipped")], good],
    ["failed", [run(1, "failure")], { failed: [1], missing: [] }],
    ["was cancelled", [run(1, "cancelled")], { failed: [1], missing: [] }],
    ["is running", [run(1, null)], { failed: [], missing: ["validate"] }],
    ["was not reported", [], { failed: [], missing: ["validate"] }],
    ["was reported by another App only", [run(1, "success", 8)], { failed: [], missing: ["validate"] }],
    ["failed, and was run again", [run(2, "success"), run(1, "failure")], good],
    ["succeeded, and is running again", [run(1, "success"), run(2, null)], { failed: [], missing: ["validate"] }],
  ];
  for (const [name, runs, expected] of cases) {
    it(`is correct for a check that ${name}`, () => {
      assert.deepEqual(of(...runs), expected);
    });
  }
});

describe("the check runs of a commit", () => {
  /** A run in GitHub's format. */
  const listed = (id: number, slug: string, text: string | null) => ({
    ...{ id, name: "validate", conclusion: "success", app: { id, slug }, external_id: null },
    output: { title: null, summary: null, text },
  });
  const runs = [
    listed(1, "release", '```json\n{"by":"ann"}\n```'),
    listed(3, "other", "```json\nno JSON\n```"),
    listed(2, "release", null),
  ];
  const github = { paginate: () => Promise.resolve(runs), rest: { checks: {} } };
  const session = (bot?: string) => ({ github, repository: {}, bot }) as unknown as Session;

  it("are those of its own App in a workflow, newest first, with their data", async () => {
    const found = await runsOf(session("release[bot]"), "validate", "head");
    assert.deepEqual(
      found.map(({ id, data }) => [id, data]),
      [
        [2, undefined],
        [1, { by: "ann" }],
      ],
    );
  });

  it("are those of every App for a person, even with invalid data", async () => {
    const found = await runsOf(session(), "validate", "head");
    assert.deepEqual(
      found.map(({ id, data }) => [id, data]),
      [
        [3, undefined],
        [2, undefined],
        [1, { by: "ann" }],
      ],
    );
    assert.equal((await latestRuns(session("release[bot]"), "head")).length, 3);
  });
});
