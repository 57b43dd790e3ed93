// Refuses a Node that is too old in one line, before anything is loaded that fails on it in many. Written for every
// Node that there is.
"use strict";

/**
 * What is wrong with a version of Node; undefined where it is new enough. Also put into the bundle, so it needs nothing
 * else.
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
