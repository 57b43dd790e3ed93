// Preloaded into the policy pack's process. The SDK type-checks everything that it loads at each start, which takes
// seconds; `npm run check` does that already. The SDK has a setting against it for programs, but not for packs.
"use strict";
const { createRequire } = require("node:module");
const path = require("node:path");

try {
  const tsNode = createRequire(path.join(process.cwd(), "package.json"))("ts-node");
  tsNode.register = () => require("../../../scripts/register.js");
} catch {
  // A pack that does not install ts-node is compiled with the SDK's own, including type checks.
}
