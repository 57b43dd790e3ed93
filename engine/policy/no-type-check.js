// Preloaded where a policy pack starts: its SDK checks the types of all that it loads at each start, which is another
// command's work and takes seconds. For programs the SDK has a switch; for packs it has none.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");

try {
  const tsNode = createRequire(path.join(process.cwd(), "package.json"))("ts-node");
  tsNode.register = () => require("../../scripts/register.js");
} catch {
  // A pack without ts-node of its own is compiled by the SDK's, types and all.
}
