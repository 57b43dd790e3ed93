// Runs TypeScript without checking its types (that is `npm run check`'s work), and keeps compiled code for the next
// process: the sandbox starts many. Children inherit the cache by its variable.
"use strict";
require("./node-version.js");
const { enableCompileCache } = require("node:module");
const path = require("node:path");

// Not Node's default below the temporary folder: where everybody may write, code could be planted.
const folder = path.join(__dirname, "..", "node_modules", ".cache", "compile");
if (enableCompileCache(folder).directory !== undefined) process.env.NODE_COMPILE_CACHE ??= folder;
require("./compile.js");
