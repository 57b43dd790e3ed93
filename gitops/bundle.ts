import { join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";
import { nodeProblem } from "../scripts/node-version.js";
import supported from "../supported.json";

/**
 * What the file begins with: the one import that every Node has, and the check of its version. All that is bundled asks
 * for modules by `require`, after that: what an old Node does not have would else be an error before the first line.
 */
const HEAD = [
  'import{createRequire as bundleRequire}from"node:module";',
  nodeProblem.toString(),
  `const oldNode=nodeProblem(process.versions.node,${JSON.stringify(supported.node)});`,
  'if(oldNode){process.stderr.write(oldNode+"\\n");process.exit(1)}',
  "const require=bundleRequire(import.meta.url);",
].join("\n");

/**
 * `gitops` with all that it depends on, as one file that Node runs where nothing is installed. The same source and
 * dependencies give the same text, wherever they are.
 * @throws {Error} with esbuild's messages where the source cannot be bundled.
 */
export function bundle(): string {
  const { outputFiles } = buildSync({ ...bundleOptions("gitops/main.ts"), write: false });
  return outputFiles[0]?.text ?? "";
}

/**
 * How a program of this project becomes one file.
 * @param entry Its path in the project.
 */
export function bundleOptions(entry: string): BuildOptions {
  return {
    absWorkingDir: join(__dirname, ".."),
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    // Older than what is supported, so that such a Node reads as far as the check.
    target: "node18",
    minify: true,
    banner: { js: HEAD },
    // Licences stay with the code that they are of; esbuild's own list of them would name this machine's folders.
    legalComments: "inline",
    // Only errors, and those by the exception.
    logLevel: "silent",
  };
}
