import assert from "node:assert/strict";
import { Expressions } from "../../actions/workflow/expressions";

describe("Expressions of workflows", () => {
  let expressions: Expressions;
  before(async () => {
    expressions = await Expressions.load();
  });
  const contexts = {
    github: { ref: "refs/heads/main", event: { number: 7 } },
    inputs: { loud: false, text: "it's }} here" },
    steps: { a: { outputs: { none: "", no: "false" } } },
  };
  const progress = (status: "success" | "failure" | "cancelled" | "skipped") => ({ status });

  const texts: [template: string, text: string][] = [
    ["pr-${{ github.event.number }}-${{github.ref}}", "pr-7-refs/heads/main"],
    ["${{ format('{0} }}', inputs.text) }}!", "it's }} here }!"],
    ["${{ inputs.loud && 'a' || 'b' }}", "b"],
    ["${{ github.event.missing.deeper }}", ""],
    ["${{ startsWith(github.ref, 'refs/heads/') }}", "true"],
    ["no $expression { here", "no $expression { here"],
  ];
  for (const [template, text] of texts) {
    it(`evaluates ${template} to ${JSON.stringify(text)}`, () => {
      assert.equal(expressions.text(template, contexts), text);
    });
  }

  const conditions: [condition: string | undefined, status: Parameters<typeof progress>[0], holds: boolean][] = [
    [undefined, "success", true],
    [undefined, "failure", false],
    ["inputs.loud", "success", false],
    ["!inputs.loud", "success", true],
    ["!inputs.loud", "failure", false],
    ["${{ !cancelled() }}", "failure", true],
    ["${{ !cancelled() }}", "skipped", true],
    ["always()", "cancelled", true],
    ["failure()", "skipped", false],
    ["failure() && github.event.number == 7", "failure", true],
    ["github.ref == 'success()'", "failure", false],
    // Every string that is not empty is true.
    ["steps.a.outputs.no", "success", true],
    ["steps.a.outputs.none", "success", false],
  ];
  for (const [condition, status, holds] of conditions) {
    it(`${holds ? "continues" : "stops"} with if: ${condition ?? "nothing"} after ${status}`, () => {
      assert.equal(expressions.condition(condition, contexts, progress(status)), holds);
    });
  }

  it("rejects what GitHub rejects", () => {
    assert.throws(() => expressions.text("${{ secrets.KEY }}", contexts), /Unrecognized named-value: 'secrets'/);
    assert.throws(() => expressions.text("${{ hashFiles('x') }}", contexts), /Unrecognized function: 'hashFiles'/);
    assert.throws(() => expressions.text("${{ 1 + }}", contexts), /expression: got \$\{\{ 1 \+ \}\}; expected/);
  });
});
