// Compiles TypeScript where `require` meets it, by esbuild: a twentieth of what the compiler takes, which knows types
// and would pass them over here. What it made is kept for the next process, which then needs neither.
"use strict";
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { version } = require("esbuild/package.json");

// In the project: where everybody may write, code could be planted.
const folder = path.join(__dirname, "..", "node_modules", ".cache", "typescript");

/** As tsconfig.json says. `platform` keeps import(), by which ES modules are found. */
const options = {
  loader: "ts",
  format: "cjs",
  platform: "node",
  target: "es2023",
  tsconfigRaw: "{}",
  sourcemap: "inline",
  sourcesContent: false,
};

require.extensions[".ts"] = (module, file) => {
  module._compile(compiled(file, readFileSync(file, "utf8")), file);
};
process.setSourceMapsEnabled(true);

/** The JavaScript of a file. */
function compiled(file, source) {
  const key = JSON.stringify([version, options, file, source]);
  const kept = path.join(folder, `${createHash("sha256").update(key).digest("hex")}.js`);
  try {
    return readFileSync(kept, "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(source, { ...options, sourcefile: file });
    keep(kept, code);
    return code;
  }
}

/** Where it cannot be written, the next process compiles it again. */
function keep(file, code) {
  const half = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(half, code);
    renameSync(half, file);
  } catch {}
}
