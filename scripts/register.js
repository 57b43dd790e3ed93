// Runs TypeScript without checking its types (that is `npm run check`'s work), and keeps compiled code for the next
// process: the sandbox starts many. Children inherit the cache by its variable.
"use strict";
const { enableCompileCache } = require("node:module");

const { directory } = enableCompileCache();
if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
require("ts-node/register/transpile-only");
