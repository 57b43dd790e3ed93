import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Clone } from "@gitops-platform/gitops/git/clone";
import { emptyRepository, headOf } from "./empty-repository";
import { writeCopy } from "./folder-copy";

/** A repository in a folder of its own, without a remote. */
export class LocalRepository {
  readonly folder = mkdtempSync(join(tmpdir(), "local-"));
  readonly clone = Clone.at(this.folder);

  constructor() {
    writeCopy(emptyRepository("with files"), this.folder);
  }

  /** Runs git as nobody in particular. */
  git(...args: string[]): string {
    const person = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    const env = { PATH: process.env.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" };
    return execFileSync("git", [...person, ...args], { cwd: this.folder, env, encoding: "utf8", stdio: "pipe" }).trim();
  }

  /** Commits files (null deletes one, `-> target` makes a link) on what is checked out, and returns the commit. */
  commit(files: Readonly<Record<string, string | null>>, message = "Change"): string {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.folder, path);
      mkdirSync(dirname(file), { recursive: true });
      rmSync(file, { force: true });
      if (text?.startsWith("-> ")) symlinkSync(text.slice(3), file);
      else if (text !== null) writeFileSync(file, text);
    }
    this.git("add", "--all", ".");
    this.git("commit", "--quiet", "--allow-empty", "-m", message);
    return headOf(this.folder);
  }

  /** Puts text into a file that is not committed, and returns its path. */
  write(text: string): string {
    const file = join(this.folder, ".git", "text");
    writeFileSync(file, text);
    return file;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
