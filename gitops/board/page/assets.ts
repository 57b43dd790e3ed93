import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The texts that the page needs. */
export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Set where all this is one file (../bundle.ts): that has no folder to read from. */
declare const BUNDLED_ASSETS: Assets | undefined;

/** Reads the page's style, and makes one file of its script. */
export async function readAssets(): Promise<Assets> {
  if (typeof BUNDLED_ASSETS !== "undefined") return BUNDLED_ASSETS;
  // Here, since no other command of the project needs it.
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    entryPoints: [join(__dirname, "script/main.mjs")],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    logLevel: "silent",
  });
  const style = ["../../html/theme.css", "board.css"].map((file) => readFileSync(join(__dirname, file), "utf8"));
  return { style: style.join("\n"), script: outputFiles[0]?.text ?? "" };
}
