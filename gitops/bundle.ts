import { join } from "node:path";
import { buildSync } from "esbuild";

/** Where workflows of the GitOps repository find `gitops`. */
export const GITOPS_PATH = ".github/gitops/gitops.mjs";

/** CommonJS packages among the dependencies call `require`, which modules do not have. */
const REQUIRE = 'import{createRequire as bundleRequire}from"node:module";const require=bundleRequire(import.meta.url);';

/**
 * `gitops` with all that it depends on, as one file that Node 20 and later runs where nothing is installed. The same source and
 * dependencies give the same text, wherever they are.
 * @throws {Error} with esbuild's messages where the source cannot be bundled.
 */
export function bundle(): string {
  const root = join(__dirname, "..");
  const { outputFiles } = buildSync({
    absWorkingDir: root,
    entryPoints: ["gitops/main.ts"],
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    target: "node20",
    minify: true,
    banner: { js: REQUIRE },
    // Licences stay with the code that they are of; esbuild's own list of them would name this machine's folders.
    legalComments: "inline",
    // Only errors, and those by the exception.
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
