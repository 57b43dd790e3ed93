import assert from "node:assert/strict";
import { readCopy } from "../../review/copies";

describe("a further report of the review", () => {
  it("is read from the command line, one after the other", () => {
    const first = readCopy("sarif=review.sarif");
    assert.deepEqual(readCopy("markdown=a=b.md", first), [
      { format: "sarif", file: "review.sarif" },
      { format: "markdown", file: "a=b.md" },
    ]);
  });

  for (const wrong of ["sarif", "sarif=", "=review.sarif", "pdf=review.pdf", "toString=x"]) {
    it(`is refused where it is ${wrong}`, () => {
      const fix = "Expected a format (text, markdown, sarif, junit) and a file: --write sarif=review.sarif.";
      assert.throws(() => readCopy(wrong), { message: fix });
    });
  }
});
