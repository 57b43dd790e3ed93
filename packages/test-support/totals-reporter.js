// mocha's spec reporter, which also writes "<passed> <failed> <pending>" to the file that TEST_TOTALS names, so that CI
// can close with one line over several runs. A run that does not come to its end writes nothing.
"use strict";
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class TotalsReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes = 0, failures = 0, pending = 0 } = runner.stats ?? {};
      if (process.env.TEST_TOTALS) writeFileSync(process.env.TEST_TOTALS, `${passes} ${failures} ${pending}\n`);
    });
  }
};
