// Lets `npm start`, `npm test` and other scripts work as the first command in a fresh clone: runs `npm ci` if
// node_modules is missing or was installed from another lock file. Must run on any Node version, without dependencies.
"use strict";
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const { existsSync, readFileSync, writeFileSync } = require("node:fs");
const path = require("node:path");

const root = path.dirname(__dirname);
const stamp = path.join(root, "node_modules", ".installed-from");
const lock = createHash("sha256")
  .update(readFileSync(path.join(root, "package-lock.json")))
  .digest("hex");

if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== lock) {
  process.stderr.write("Installing dependencies (npm ci) …\n");
  const npm = process.env.npm_execpath;
  const [command, args] = npm ? [process.execPath, [npm]] : ["npm", []];
  try {
    execFileSync(command, [...args, "ci", "--no-fund", "--no-audit"], { cwd: root, stdio: ["ignore", 2, 2] });
  } catch {
    process.stderr.write(
      "npm ci failed: see above. Check the network to your npm registry, then run the command again.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
}
