// Lets Node run TypeScript without type checks, which `npm run check` does. Caches compiled code for later processes,
// because the sandbox starts many. Child processes inherit the cache by its environment variable.
"use strict";
require("./node-version.js");
require("./installed.js");
const { enableCompileCache } = require("node:module");
const path = require("node:path");

// Not Node's default below the temporary folder, where other users could place code.
const folder = path.join(__dirname, "..", "node_modules", ".cache", "compile");
if (enableCompileCache(folder).directory !== undefined) process.env.NODE_COMPILE_CACHE ??= folder;
require("./compile.js");
