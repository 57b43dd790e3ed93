import { join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";

/** Where workflows of the GitOps repository find `gitops`. */
export const GITOPS_PATH = ".github/gitops/gitops.mjs";

/** CommonJS packages among the dependencies call `require`, which modules do not have. */
const REQUIRE = 'import{createRequire as bundleRequire}from"node:module";const require=bundleRequire(import.meta.url);';

/**
 * `gitops` with all that it depends on, as one file that Node 22 and later runs where nothing is installed. The same source and
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
    format: "esm",
    target: "node22",
    minify: true,
    banner: { js: REQUIRE },
    // Licences stay with the code that they are of; esbuild's own list of them would name this machine's folders.
    legalComments: "inline",
    // Only errors, and those by the exception.
    logLevel: "silent",
  };
}
