// Preloaded into the program that is measured: writes its peak of resident memory, in KiB, where PEAK_FILE says.
"use strict";
const { writeFileSync } = require("node:fs");

process.on("exit", () => {
  // Of the program only, not of what it starts; the last to end is the program.
  if (process.env.PEAK_FILE) writeFileSync(process.env.PEAK_FILE, String(process.resourceUsage().maxRSS));
});
