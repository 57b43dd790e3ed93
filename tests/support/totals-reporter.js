// mocha's spec reporter, which also appends "<passed> <failed>" to the file that TEST_TOTALS names, so that CI can close
// with one line over several runs.
"use strict";
const { appendFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class TotalsReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => {
      const { passes = 0, failures = 0 } = runner.stats ?? {};
      if (process.env.TEST_TOTALS) appendFileSync(process.env.TEST_TOTALS, `${passes} ${failures}\n`);
    });
  }
};
