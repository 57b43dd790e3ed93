import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { EngineError } from "@gitops-platform/engine";
import { inCheckout } from "@gitops-platform/clients/git/environment";
import { linkPackages } from "./link-packages";

/**
 * Checks out the project at a Git ref into a temporary folder, calls `work` with it, and removes it. The folder uses
 * this project's installed dependencies, to avoid a second installation. Calls `warn` if the ref's lock file differs.
 * @throws EngineError if the ref does not exist.
 */
export async function withRef<T>(
  projectDir: string,
  ref: string,
  warn: (message: string) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const parent = mkdtempSync(path.join(tmpdir(), "review-against-"));
  const folder = path.join(parent, "project");
  // The user's Git hooks must not run.
  const env = await inCheckout(projectDir);
  const git = (...args: string[]) => execa("git", args, { cwd: projectDir, env, extendEnv: false, reject: false });
  try {
    const { failed, stderr } = await git("worktree", "add", "--detach", folder, `${ref}^{commit}`);
    if (failed) throw unknown(ref, stderr);
    linkPackages(projectDir, folder);
    const differs = await git("diff", "--quiet", "--no-ext-diff", "--no-textconv", ref, "--", "package-lock.json");
    if (differs.failed) warn(`${ref} has other dependencies; it is evaluated with those of this working tree.`);
    return await work(folder);
  } finally {
    // Remove the links first, so that nothing is deleted through them.
    rmSync(path.join(folder, "node_modules"), { recursive: true, force: true });
    if (existsSync(folder)) await git("worktree", "remove", "--force", folder);
    rmSync(parent, { recursive: true, force: true });
  }
}

function unknown(ref: string, stderr: string): EngineError {
  const reason = stderr.trim().split("\n").at(-1) ?? "";
  return new EngineError(`--against: got ${ref}; expected a commit of this repository (${reason}). Fetch it first.`);
}
