// Ends a process of the engine when the engine itself is killed. Pulumi's SDK would otherwise try forever to report
// that nobody reads its output, and a policy pack would go on serving. The engine holds the other end of stdin.
"use strict";
process.stdin.on("error", end).on("close", end).resume().unref();
process.stdout.on("error", end);
process.stderr.on("error", end);

function end() {
  process.exit(1);
}
