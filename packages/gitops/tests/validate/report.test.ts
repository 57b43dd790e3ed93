import assert from "node:assert/strict";
import { checkResult, report, REPORT_LIMIT } from "../../validate/report";

describe("the report of validate", () => {
  it("has one line for each problem, with its location", () => {
    const problems = [
      { file: "environments/dev/api.yaml", line: 3, column: 5, message: "Bad.\nVery." },
      { message: "<b>Worse</b>." },
    ];
    assert.equal(
      report(problems),
      "# 2 problems\n\n- `environments/dev/api.yaml:3:5`: Bad. Very.\n- &lt;b>Worse&lt;/b>.\n",
    );
    assert.equal(report([]), "# Valid\n");
  });

  it("replaces characters of a file name that would end its line or its code", () => {
    assert.equal(report([{ file: "a`\n::b", message: "Bad." }]), "# 1 problem\n\n- `a??::b`: Bad.\n");
  });

  it("fits into a check's summary, and says how many problems it omits", () => {
    const problems = Array.from({ length: 1_000 }, (_, index) => ({ file: `${index}.yaml`, message: "ä".repeat(100) }));
    const text = report(problems);
    const shown = text.match(/^- `/gm)?.length ?? 0;
    assert.equal(Buffer.byteLength(text) <= REPORT_LIMIT, true);
    assert.equal(shown > 200, true);
    assert.match(text, new RegExp(`\n- … and ${1_000 - shown} more\n$`));
  });

  it("shortens one problem that would hide the others", () => {
    const text = report([{ message: "x".repeat(70_000) }, { message: "The other." }]);
    assert.match(text, /x …\n- The other\.\n$/);
  });
});

describe("the check from a report", () => {
  it("has the report's first line as its title", () => {
    const result = checkResult("failure", "# 2 problems\n\n- Bad.\n");
    assert.deepEqual(result, { conclusion: "failure", title: "2 problems", summary: "# 2 problems\n\n- Bad." });
  });

  it("succeeds only with the conclusion success", () => {
    assert.equal(checkResult("success", "# Valid\n").conclusion, "success");
    for (const conclusion of ["", "Success", "cancelled"]) {
      assert.equal(checkResult(conclusion, "# Valid\n").conclusion, "failure", conclusion);
    }
  });

  it("fails without a report, even with the conclusion success", () => {
    const { conclusion, title } = checkResult("success", "\n");
    assert.deepEqual([conclusion, title], ["failure", "Could not be checked"]);
  });
});
