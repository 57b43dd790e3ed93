// For bundle.test.ts: prints the bundle.
"use strict";
process.stdout.write(require("../bundle").bundle());
