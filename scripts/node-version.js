// Rejects a Node version that is too old with one line, before code is loaded that fails on it with a stack trace. Must
// run on any Node version.
"use strict";

var problem = require("./node-problem.js").nodeProblem(process.versions.node, require("../supported.json").node);
if (problem) {
  process.stderr.write(problem + "\n");
  process.exit(1);
}
