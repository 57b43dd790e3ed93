import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, ExecaError } from "execa";
import { EngineError } from "../engine";

/**
 * Gives a function the project as it is at a Git ref, in a folder of its own that is gone afterwards. It has this project's
 * dependencies: a review needs no second installation, and says so where the ref's lock file differs.
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
  try {
    await git(projectDir, ["worktree", "add", "--detach", folder, `${ref}^{commit}`], ref);
    symlinkSync(path.join(projectDir, "node_modules"), path.join(folder, "node_modules"));
    if (await lockDiffers(projectDir, ref)) warn(`${ref} has other dependencies; it is evaluated with this tree's.`);
    return await work(folder);
  } finally {
    // The link first, so that nothing follows it.
    rmSync(path.join(folder, "node_modules"), { force: true });
    if (existsSync(folder))
      await execa("git", ["worktree", "remove", "--force", folder], { cwd: projectDir, reject: false });
    rmSync(parent, { recursive: true, force: true });
  }
}

async function lockDiffers(cwd: string, ref: string): Promise<boolean> {
  const { exitCode } = await execa("git", ["diff", "--quiet", ref, "--", "package-lock.json"], { cwd, reject: false });
  return exitCode !== 0;
}

async function git(cwd: string, args: string[], ref: string): Promise<void> {
  try {
    await execa("git", args, { cwd });
  } catch (error) {
    const said = error instanceof ExecaError ? String(error.stderr) : String(error);
    const reason = said.trim().split("\n").at(-1) ?? "";
    throw new EngineError(`--against: got ${ref}; expected a commit of this repository (${reason}). Fetch it first.`);
  }
}
