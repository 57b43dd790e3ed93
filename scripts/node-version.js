// Rejects a Node version that is too old with one line, before code is loaded that fails on it with a stack trace. Must
// run on any Node version.
"use strict";

/**
 * Returns an error message if a version of Node is too old, otherwise undefined. It is also part of the bundle, so it
 * must not have dependencies.
 */
function nodeProblem(got, wanted) {
  var have = got.split(".").map(Number);
  var need = wanted.split(".").map(Number);
  var isOlder = have[0] === need[0] ? have[1] < need[1] : have[0] < need[0];
  return isOlder
    ? "node: got " + got + "; expected " + wanted + " or newer. Install it: https://nodejs.org/en/download"
    : undefined;
}

exports.nodeProblem = nodeProblem;

var problem = nodeProblem(process.versions.node, require("../supported.json").node);
if (problem) {
  process.stderr.write(problem + "\n");
  process.exit(1);
}
