import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readTriggers, readWorkflow, workflowName } from "../../actions/workflow/read";

const OURS = join(__dirname, "../../../../gitops-repo/.github/workflows");
const rest = "\njobs: { a: { runs-on: ubuntu-latest, steps: [{ run: echo }] } }";

function faults(text: string): string[] {
  try {
    readWorkflow("x.yaml", text);
    return [];
  } catch (error) {
    return (error as Error).message.split("\n").map((line) => line.replace("x.yaml: ", ""));
  }
}

describe("Workflow files", () => {
  for (const file of readdirSync(OURS)) {
    it(`accepts ${file} of the GitOps repository`, () => {
      const workflow = readWorkflow(file, readFileSync(join(OURS, file), "utf8"));
      assert.ok(Object.keys(workflow.jobs).length > 0);
    });
  }

  it("reads every form of `on`", () => {
    assert.deepEqual(readTriggers("x", "on: push"), { push: null });
    assert.deepEqual(readTriggers("x", "on: [push, workflow_dispatch]"), { push: null, workflow_dispatch: null });
    assert.deepEqual(readTriggers("x", "on: { push: { branches: main } }"), { push: { branches: ["main"] } });
  });

  it("sets the defaults of a workflow", () => {
    const { jobs, permissions } = readWorkflow("x", `on: push${rest}`);
    const { needs, env, "timeout-minutes": minutes, permissions: own } = jobs.a ?? {};
    assert.deepEqual([needs, env, minutes, own, permissions], [[], {}, 360, undefined, undefined]);
    assert.equal(workflowName("x.yaml", "on: push"), "x.yaml");
  });

  const refused: [text: string, ...faults: RegExp[]][] = [
    [`on: [push, issues]${rest}`, /^on\.issues: got a key that this runner does not support/],
    [`on: push\nenvironment: x${rest}`, /^environment: got a key that this runner does not support/],
    [
      "on: push\njobs: { a: { uses: ./x.yaml } }",
      /^jobs\.a\.runs-on: /,
      /^jobs\.a\.steps: /,
      /^jobs\.a\.uses: got a key/,
    ],
    [
      "on: push\njobs: { a: { runs-on: x, services: {}, steps: [{ run: a, shell: pwsh }] } }",
      /^jobs\.a\.steps\.0\.shell: /,
      /^jobs\.a\.services: got a key/,
    ],
    [
      "on: push\njobs: { a: { runs-on: x, steps: [{ uses: actions/checkout@v4 }] } }",
      /got actions\/checkout@v4; expected a full commit SHA/,
    ],
    [
      "on: push\njobs: { a: { runs-on: x, steps: [{ uses: foo/bar@v1 }] } }",
      /got foo\/bar@v1; expected one of actions\/checkout,/,
    ],
    [
      "on: push\njobs: { a: { runs-on: x, needs: b, steps: [{ run: a }] } }",
      /^jobs\.a\.needs: got b; expected the id of another job$/,
    ],
    ["on: push\njobs: { a: { runs-on: x, needs: a, steps: [{ run: a }] } }", /^jobs\.a\.needs: got a cycle/],
    ["on: {push", /^got invalid YAML \(.*\); expected a workflow\. Correct it\.$/],
  ];
  for (const [text, ...expected] of refused) {
    it(`rejects ${text.replaceAll("\n", " / ")}`, () => {
      const found = faults(text);
      assert.equal(found.length, expected.length, found.join("\n"));
      for (const pattern of expected)
        assert.ok(
          found.some((line) => pattern.test(line)),
          found.join("\n"),
        );
    });
  }
});
