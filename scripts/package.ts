import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build, type Plugin } from "esbuild";
import ts from "typescript";
import { GITOPS_PATH } from "@gitops-platform/contract/paths";
import { readAssets } from "@gitops-platform/gitops/board/page/page";
import { bundle } from "@gitops-platform/gitops/bundle";
import { description, engines, license, name, version, workspaces } from "../package.json";

// Packs the program and `gitops` as an npm package, on which programs of other people depend:
// node -r ./scripts/register.js scripts/package.ts <folder>

const root = join(__dirname, "..");

/** What the package has in the same place as the project, because its code reads it. */
const COPIED = [
  ...["CHANGELOG.md", "LICENSE", "gitops-repo", "components/repository/manifests"],
  ...["packages/gitops/theme.css", "packages/gitops/plots/plots.css"],
  ...["scripts/node-problem.js", "scripts/node-version.js", "supported.json"],
];

/** The first lines of the package's entry points: an older Node fails on the rest with a stack trace. */
const CHECK_NODE = '"use strict";\nrequire("./scripts/node-version.js");\n';

/** The text of modules that differ in the package, which has no sources to bundle `gitops` from. */
const REPLACED: Readonly<Record<string, string>> = {
  "packages/gitops/bundle.ts": `import { readFileSync } from "node:fs";
export const bundle = () => readFileSync(packageFolder + "/${basename(GITOPS_PATH)}", "utf8");`,
};

/**
 * Packs the package into a folder, from the same commit as the same bytes.
 * @returns the name of the file.
 */
export async function pack(destination: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "package-"));
  try {
    await writePackage(folder);
    const args = ["pack", "--silent", "--ignore-scripts", "--pack-destination", resolve(destination)];
    return execFileSync("npm", args, { cwd: folder, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" }).trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function writePackage(folder: string): Promise<void> {
  const write = (file: string, text: string) => {
    writeFileSync(join(folder, file), text);
  };
  for (const path of COPIED) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  const program = await compile("platform.ts", () => true);
  const needed = program.imported;
  // Only what the program needs anyway is installed: `gitops` starts faster from one file.
  const assets = { BUNDLED_ASSETS: JSON.stringify(await readAssets()) };
  const command = await compile("packages/gitops/main-of-project.ts", (each) => needed.has(each), assets);
  write("platform.js", program.text);
  write("index.js", `${CHECK_NODE}module.exports = require("./platform.js");\n`);
  write("index.d.ts", declaration("platform.ts"));
  write("commands.js", command.text);
  write("gitops.js", `#!/usr/bin/env node\n${CHECK_NODE}require("./commands.js");\n`);
  write(basename(GITOPS_PATH), bundle());
  const manifest = {
    ...{ name, version, description, license, engines },
    ...{ main: "index.js", types: "index.d.ts", bin: { gitops: "gitops.js" } },
    dependencies: Object.fromEntries([...needed].sort().map((each) => [each, rangeOf(each)])),
  };
  write("package.json", `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Compiles a program of this project into one file, without the packages that stay installed. */
async function compile(
  entry: string,
  isInstalled: (name: string) => boolean,
  define: Readonly<Record<string, string>> = {},
): Promise<{ text: string; imported: ReadonlySet<string> }> {
  const [imported, used] = [new Set<string>(), new Set<string>()];
  const { outputFiles } = await build({
    ...{ absWorkingDir: root, entryPoints: [entry], bundle: true, platform: "node", format: "cjs", target: "node22" },
    ...{ write: false, logLevel: "silent", legalComments: "inline", define },
    banner: { js: "const packageFolder = __dirname;" },
    plugins: [installed(isInstalled, imported), sources(used)],
  });
  const missing = Object.keys(REPLACED).filter((source) => !used.has(source));
  if (missing.length > 0) throw new Error(`${entry}: got no import of ${missing.join(", ")}; expected one.`);
  return { text: outputFiles[0]?.text ?? "", imported };
}

/** Leaves packages out of a file. */
function installed(isInstalled: (name: string) => boolean, imported: Set<string>): Plugin {
  return {
    name: "installed",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ kind, path }) => {
        if (kind === "entry-point" || isBuiltin(path) || path.startsWith("@gitops-platform/")) return undefined;
        const name = /^(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? path;
        // What needs it is in the package already: the board's script, and `gitops` itself.
        if (name === "esbuild") return { path, external: true };
        if (!isInstalled(name)) return undefined;
        imported.add(name);
        return { path, external: true, sideEffects: false };
      });
    },
  };
}

/** Gives esbuild this project's files. Their folders are found in the package as in the project. */
const sources = (used: Set<string>): Plugin => ({
  name: "sources",
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      if (path.includes("/node_modules/")) return undefined;
      const source = relative(root, path);
      used.add(source);
      const text = REPLACED[source] ?? readFileSync(path, "utf8");
      const folder = `(packageFolder + ${JSON.stringify(`/${dirname(source)}`)})`;
      return { contents: text.replaceAll("__dirname", folder), loader: "ts" };
    });
  },
});

/** The types that a module exports. They must not need those of another. */
function declaration(path: string): string {
  const { outputText, diagnostics } = ts.transpileDeclaration(readFileSync(join(root, path), "utf8"), {
    fileName: path,
    compilerOptions: { module: ts.ModuleKind.NodeNext },
    reportDiagnostics: true,
  });
  const [problem] = diagnostics ?? [];
  if (problem) throw new Error(ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
  if (/^import /m.test(outputText)) throw new Error(`${path}: got types of another module; expected none.`);
  return outputText;
}

/** The versions of a package that this project's manifests permit. */
function rangeOf(dependency: string): string {
  const manifests = globSync(
    [".", ...workspaces].map((folder) => `${folder}/package.json`),
    { cwd: root },
  );
  const ranges = new Set(manifests.flatMap((file) => dependenciesIn(file)[dependency] ?? []));
  const [range, ...others] = ranges;
  if (range === undefined || others.length > 0) {
    throw new Error(`${dependency}: got ${[...ranges].join(", ") || "no version"}; expected one in all package.json.`);
  }
  return range;
}

function dependenciesIn(manifest: string): Readonly<Record<string, string>> {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, manifest), "utf8")) as {
    dependencies?: Record<string, string>;
  };
  return dependencies;
}

if (require.main === module) {
  const [folder = "."] = process.argv.slice(2);
  void pack(folder).then((file) => process.stdout.write(`${file}\n`));
}
