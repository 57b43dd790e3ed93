import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { EngineError } from "../engine";
import { inCheckout } from "../gitops/git/environment";

/**
 * Gives a function the project as it is at a Git ref, in a folder of its own that is gone afterwards. It has this
 * project's dependencies: a review needs no second installation, and says so where the ref's lock file differs.
 * @throws EngineError where Git does not know the ref.
 */
export async function withRef<T>(
  projectDir: string,
  ref: string,
  warn: (message: string) => void,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const parent = mkdtempSync(path.join(tmpdir(), "review-against-"));
  const folder = path.join(parent, "project");
  // Hooks of the person's own, after a checkout, are none of a review's business.
  const env = await inCheckout(projectDir);
  const git = (...args: string[]) => execa("git", args, { cwd: projectDir, env, extendEnv: false, reject: false });
  try {
    const { failed, stderr } = await git("worktree", "add", "--detach", folder, `${ref}^{commit}`);
    if (failed) throw unknown(ref, stderr);
    symlinkSync(path.join(projectDir, "node_modules"), path.join(folder, "node_modules"));
    const differs = await git("diff", "--quiet", "--no-ext-diff", "--no-textconv", ref, "--", "package-lock.json");
    if (differs.failed) warn(`${ref} has other dependencies; it is evaluated with this tree's.`);
    return await work(folder);
  } finally {
    // The link first, so that nothing follows it.
    rmSync(path.join(folder, "node_modules"), { force: true });
    if (existsSync(folder)) await git("worktree", "remove", "--force", folder);
    rmSync(parent, { recursive: true, force: true });
  }
}

function unknown(ref: string, said: string): EngineError {
  const reason = said.trim().split("\n").at(-1) ?? "";
  return new EngineError(`--against: got ${ref}; expected a commit of this repository (${reason}). Fetch it first.`);
}
