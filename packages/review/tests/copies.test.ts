import assert from "node:assert/strict";
import { readCopy } from "../copies";

describe("an additional report of the review (--write)", () => {
  it("is read from the command line, and can be repeated", () => {
    const first = readCopy("sarif=review.sarif");
    assert.deepEqual(readCopy("markdown=a=b.md", first), [
      { format: "sarif", file: "review.sarif" },
      { format: "markdown", file: "a=b.md" },
    ]);
  });

  for (const wrong of ["sarif", "sarif=", "=review.sarif", "pdf=review.pdf", "toString=x"]) {
    it(`is rejected as invalid: ${wrong}`, () => {
      const fix = "Expected a format (text, markdown, sarif, junit) and a file, such as --write sarif=review.sarif.";
      assert.throws(() => readCopy(wrong), { message: fix });
    });
  }
});
