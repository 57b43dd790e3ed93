// Ends with one line if the packages are not installed, where Node would print a stack trace.
"use strict";
const { existsSync } = require("node:fs");

try {
  require.resolve("esbuild");
  require.resolve("yaml");
} catch {
  const folder = require("node:path").join(__dirname, "..");
  const found = existsSync(`${folder}/node_modules`) ? "an incomplete folder" : "nothing";
  process.stderr.write(`node_modules: got ${found}; expected the packages of package-lock.json. Run npm ci.\n`);
  process.exit(1);
}
