import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";

/** The texts that the page needs. */
export interface Assets {
  readonly style: string;
  readonly script: string;
}

/** Reads the page's style, and makes one file of its script. */
export function readAssets(): Assets {
  const { outputFiles } = buildSync({
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
