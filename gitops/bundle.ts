import { join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";
import { nodeProblem } from "../scripts/node-version.js";
import supported from "../supported.json";

/**
 * The first lines of the bundle check Node's version. Modules are loaded by `require` after the check, because an
 * import of a module that an old Node lacks would fail before the first line runs.
 */
const HEAD = [
  'import{createRequire as bundleRequire}from"node:module";',
  nodeProblem.toString(),
  `const oldNode=nodeProblem(process.versions.node,${JSON.stringify(supported.node)});`,
  'if(oldNode){process.stderr.write(oldNode+"\\n");process.exit(1)}',
  "const require=bundleRequire(import.meta.url);",
].join("\n");

/**
 * `gitops` and its dependencies as one file that needs no installation. It is reproducible: the same source and
 * dependencies give the same text in any folder.
 * @throws {Error} with esbuild's messages where the source cannot be bundled.
 */
export function bundle(): string {
  const { outputFiles } = buildSync({ ...bundleOptions("gitops/main.ts"), write: false });
  return outputFiles[0]?.text ?? "";
}

/** esbuild's options for bundling a program, from the path of its first file in the project. */
export function bundleOptions(entry: string): BuildOptions {
  return {
    absWorkingDir: join(__dirname, ".."),
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    // Older than the supported versions, so that an old Node can parse the file and run the check.
    target: "node18",
    minify: true,
    banner: { js: HEAD },
    // Keeps licences beside their code; esbuild's list of them would contain absolute paths.
    legalComments: "inline",
    // Errors are thrown.
    logLevel: "silent",
  };
}
