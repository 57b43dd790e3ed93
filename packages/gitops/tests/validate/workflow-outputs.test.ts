import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inWorkflow, setOutputs } from "../../commands/validate";

describe("outputs of a workflow's step", () => {
  it("may have several lines, none of which starts another output", async () => {
    const folder = mkdtempSync(join(tmpdir(), "outputs-"));
    const file = join(folder, "output");
    await setOutputs({ report: "a\nconclusion=success\nEOF\n", conclusion: "failure" }, { GITHUB_OUTPUT: file });
    const text = readFileSync(file, "utf8");
    rmSync(folder, { recursive: true });
    const [, end = "", more = ""] = /^report<<(end-\S+)\na\nconclusion=success\nEOF\n\1\n([^]*)$/.exec(text) ?? [];
    assert.notEqual(end, "");
    assert.match(more, /^conclusion<<(end-\S+)\nfailure\n\1\n$/);
    assert.equal(more.includes(end), false);
  });

  it("exist only in a workflow", () => {
    assert.deepEqual(
      [inWorkflow({}), inWorkflow({ GITHUB_OUTPUT: "" }), inWorkflow({ GITHUB_OUTPUT: "/f" })],
      [false, false, true],
    );
  });
});
