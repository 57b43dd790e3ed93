// This file's text is also the beginning of the bundle of `gitops`: it needs nothing, and any Node can run it.
"use strict";

/** Returns an error message if a version of Node is too old, otherwise undefined. */
exports.nodeProblem = function (got, wanted) {
  var have = got.split(".").map(Number);
  var need = wanted.split(".").map(Number);
  var isOlder = have[0] === need[0] ? have[1] < need[1] : have[0] < need[0];
  return isOlder
    ? "node: got " + got + "; expected " + wanted + " or newer. Install it: https://nodejs.org/en/download"
    : undefined;
};
