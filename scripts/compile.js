// Compiles TypeScript on `require` with esbuild, without type checks, which is about 20 times faster than with the
// TypeScript compiler. The output is cached for later processes.
"use strict";
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { version } = require("esbuild/package.json");

// In the project, because other users could place code in a world-writable folder such as /tmp.
const folder = path.join(__dirname, "..", "node_modules", ".cache", "typescript");

/** Must match tsconfig.json. `platform` preserves import(), which loads ES modules. */
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

function compiled(file, source) {
  const key = JSON.stringify([version, options, file, source]);
  const cached = path.join(folder, `${createHash("sha256").update(key).digest("hex")}.js`);
  try {
    return readFileSync(cached, "utf8");
  } catch {
    const { code } = require("esbuild").transformSync(source, { ...options, sourcefile: file });
    writeCache(cached, code);
    return code;
  }
}

/** Ignores errors: if the cache cannot be written, the next process compiles the file again. */
function writeCache(file, code) {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(temporary, code);
    renameSync(temporary, file);
  } catch {}
}
