// Runs a program of this project from one file that esbuild made of it: reading and compiling some thousand files takes
// seconds. The file is made again when a source or an installed package changed.
"use strict";
const { createHash } = require("node:crypto");
const { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const root = path.join(__dirname, "..");
// In the project: where everybody may write, code could be planted.
const cache = path.join(root, "node_modules", ".cache");

/** Large packages that most commands do not need. They stay in node_modules, and are loaded when they are used. */
const EXTERNAL = /^(@pulumi\/|@kubernetes\/client-node$|esbuild$)/;

const options = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node22",
  tsconfigRaw: "{}",
  sourcemap: "external",
  sourcesContent: false,
  logLevel: "silent",
  write: false,
};

/**
 * @param {string} entry The program's path in the project.
 * @param {string} folder Where its file is kept, and no other program's.
 */
exports.runBundled = async (entry, folder = path.join(cache, "bundle", path.basename(entry, ".ts"))) => {
  Module.enableCompileCache(path.join(cache, "compile"));
  process.setSourceMapsEnabled(true);
  const { file, code } = kept(entry, folder) ?? (await build(entry, folder));
  const program = new Module(file);
  program.filename = file;
  program.paths = Module._nodeModulePaths(path.dirname(file));
  program._compile(code, file);
};

/** The bundle of an earlier run; undefined where there is none of the present sources. */
function kept(entry, folder) {
  try {
    const sources = JSON.parse(readFileSync(path.join(folder, "sources.json"), "utf8"));
    const file = fileOf(folder, entry, new Map(sources.map((source) => [source, hashOf(read(source))])));
    return { file, code: readFileSync(file, "utf8") };
  } catch {
    return undefined;
  }
}

async function build(entry, folder) {
  const hashes = new Map();
  const { outputFiles } = await require("esbuild").build({
    ...options,
    entryPoints: [entry],
    outfile: path.join(folder, "bundle.cjs"),
    plugins: [external, readSources(hashes)],
  });
  const file = fileOf(folder, entry, hashes);
  const [map, js] = outputFiles;
  const code = `${js.text}\n//# sourceMappingURL=${path.basename(file)}.map\n`;
  keep(folder, {
    [`${file}.map`]: map.text,
    [file]: code,
    [path.join(folder, "sources.json")]: JSON.stringify([...hashes.keys()]),
  });
  return { file, code };
}

const external = {
  name: "external",
  setup({ onResolve }) {
    // Without side effects, so that what imports one for a function that no command calls does not load it.
    onResolve({ filter: EXTERNAL }, (args) => ({ path: args.path, external: true, sideEffects: false }));
  },
};

/** Gives esbuild this project's files, and remembers exactly what it got. */
function readSources(hashes) {
  return {
    name: "sources",
    setup({ onLoad }) {
      onLoad({ filter: /./ }, (args) => {
        if (args.path.split(path.sep).includes("node_modules")) return undefined;
        const source = path.relative(root, args.path);
        const text = read(source);
        hashes.set(source, hashOf(text));
        const loader = { ".ts": "ts", ".json": "json" }[path.extname(source)] ?? "js";
        if (loader === "json") return { contents: text, loader };
        // Files beside the source are found as without a bundle. On the first line, which keeps the lines' numbers.
        const names = { __filename: args.path, __dirname: path.dirname(args.path) };
        const used = Object.keys(names).filter((name) => text.includes(name));
        const place = used.map((name) => `const ${name} = ${JSON.stringify(names[name])};`).join("");
        return { contents: place + text, loader };
      });
    },
  };
}

function read(source) {
  return readFileSync(path.join(root, source), "utf8");
}

function hashOf(text) {
  return createHash("sha256").update(text).digest("hex");
}

/** A bundle's name says what it was made of, so it never changes: another process may read it at any time. */
function fileOf(folder, entry, hashes) {
  const { version } = require("esbuild/package.json");
  const lock = "node_modules/.package-lock.json";
  const installed = existsSync(path.join(root, lock)) ? hashOf(read(lock)) : "";
  const made = [root, version, read("scripts/bundle.js"), installed, entry, [...hashes].sort()];
  return path.join(folder, `${hashOf(JSON.stringify(made))}.cjs`);
}

/** Where they cannot be written, the next process makes them again. */
function keep(folder, files) {
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      const half = `${file}.${process.pid}`;
      writeFileSync(half, text);
      renameSync(half, file);
    }
    for (const name of readdirSync(folder)) {
      const file = path.join(folder, name);
      if (/\.cjs(\.map)?$/.test(name) && !(file in files)) rmSync(file, { force: true });
    }
  } catch {}
}
