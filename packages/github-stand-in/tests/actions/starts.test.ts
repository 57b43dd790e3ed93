import assert from "node:assert/strict";
import type { Occurrence } from "../../actions/events/occurrence";
import { starts } from "../../actions/events/starts";
import { readTriggers } from "../../actions/workflow/read";

const base: Occurrence = {
  event: "push",
  sender: "dev",
  payload: {},
  ref: "refs/heads/main",
  sha: "1".repeat(40),
  headSha: "1".repeat(40),
  headBranch: "main",
  baseRef: "",
  headRef: "",
  chain: 0,
  files: () => Promise.resolve(["environments/dev/api.yaml"]),
};
const pull = { event: "pull_request_target" as const, baseRef: "env/prod", action: "opened" };
const run = (name: string, head_branch = "main") => ({
  event: "workflow_run" as const,
  action: "completed",
  payload: { workflow_run: { name, head_branch } },
});

const fired = (schedule: string) => ({ event: "schedule" as const, payload: { schedule } });

const CASES: [on: string, occurrence: Partial<Occurrence>, starts: boolean][] = [
  ["push", {}, true],
  ["workflow_dispatch", {}, false],
  ["{ push: { branches: [main] } }", {}, true],
  ["{ push: { branches: [main] } }", { ref: "refs/tags/main" }, false],
  ["{ push: { tags: ['v*'] } }", { ref: "refs/tags/v1" }, true],
  ["{ push: { tags: ['v*'] } }", {}, false],
  ["push", { ref: "refs/tags/v1" }, true],
  ["push", { payload: { head_commit: { message: "Add a file [skip ci]" } } }, false],
  ["push", { payload: { head_commit: { message: "Skip ci no more" } } }, true],
  ["{ push: { branches-ignore: ['env/**'] } }", { ref: "refs/heads/env/prod" }, false],
  ["{ push: { paths: ['charts/**'] } }", {}, false],
  ["{ push: { paths: ['environments/**'] } }", {}, true],
  ["{ push: { paths: ['environments/**'] } }", { ref: "refs/tags/v1" }, true],
  ["{ pull_request_target: { branches: ['env/**'] } }", pull, true],
  ["{ pull_request_target: { branches: [main] } }", pull, false],
  ["pull_request_target", { ...pull, action: "edited" }, false],
  ["{ pull_request_target: { types: [edited] } }", { ...pull, action: "edited" }, true],
  ["pull_request", pull, false],
  ["pull_request_review", { event: "pull_request_review", action: "dismissed" }, true],
  ["{ pull_request_review: { types: [submitted] } }", { event: "pull_request_review", action: "dismissed" }, false],
  ["{ workflow_run: { workflows: [Review], types: [completed] } }", run("Review"), true],
  ["{ workflow_run: { workflows: [Review], types: [requested] } }", run("Review"), false],
  ["{ workflow_run: { workflows: [Review] } }", run("Other"), false],
  ["{ workflow_run: { workflows: [Review], branches: [main] } }", run("Review", "x"), false],
  ["{ schedule: [{ cron: '7 * * * *' }, { cron: '9 * * * *' }] }", fired("9 * * * *"), true],
  ["{ schedule: [{ cron: '7 * * * *' }] }", fired("8 * * * *"), false],
  ["push", fired("7 * * * *"), false],
];

describe("Events that start workflows", () => {
  for (const [on, occurrence, expected] of CASES) {
    const what = JSON.stringify({ ...occurrence, payload: undefined });
    it(`${expected ? "starts" : "does not start"} on: ${on} with ${what}`, async () => {
      assert.equal(await starts(readTriggers("x.yaml", `on: ${on}`), { ...base, ...occurrence }), expected);
    });
  }
});
