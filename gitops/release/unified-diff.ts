import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { isolated } from "../git/environment";

/** The lines in which two texts differ, as `git diff` shows them, without its header; empty where they do not. */
export async function unifiedDiff(before: string, after: string): Promise<string> {
  if (before === after) return "";
  const folder = await mkdtemp(join(tmpdir(), "gitops-diff-"));
  try {
    await Promise.all([writeFile(join(folder, "before"), before), writeFile(join(folder, "after"), after)]);
    const options = ["--no-index", "--no-color", "--no-ext-diff", "--no-textconv", "--text"];
    const args = ["diff", ...options, "before", "after"];
    // Its exit code says that they differ.
    const { stdout } = await execa("git", args, { cwd: folder, env: isolated(), extendEnv: false, reject: false });
    return stdout.slice(Math.max(0, stdout.indexOf("@@")));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
