// mocha's spec reporter, which also writes "<passed> <failed> <pending>" and each failure to the file that TEST_TOTALS
// names, so that CI can close with one summary of several runs. A run that does not come to its end writes nothing.
"use strict";
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

/** What of an error is repeated in the summary. */
const LINES = 12;

module.exports = class TotalsReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { TEST_TOTALS } = process.env;
      if (!TEST_TOTALS) return;
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      const lines = [`${passes} ${failures} ${pending}`, ...this.failures.map(describe)];
      writeFileSync(TEST_TOTALS, `${lines.join("\n")}\n`);
    });
  }
};

function describe(test) {
  const message = String(test.err?.stack ?? test.err).split("\n");
  return [`✖ ${test.titlePath().join(" › ")}`, ...message.slice(0, LINES).map((line) => `    ${line}`)].join("\n");
}
