import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { linkPackages } from "@gitops-platform/review/link-packages";

/**
 * A copy of this project, including uncommitted changes, in a temporary folder with its own Git repository, so that a
 * test can change the program there.
 */
export class ProjectCopy {
  private readonly folder = mkdtempSync(join(tmpdir(), "project-"));

  constructor(project: string) {
    const listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const files = this.git(project, ...listing).split("\0");
    for (const file of files.filter((name) => name !== "")) cpSync(join(project, file), join(this.folder, file));
    linkPackages(project, this.folder);
    this.git(this.folder, "init", "--quiet");
  }

  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`${file}: the edit has no effect`);
    writeFileSync(path, after);
  }

  /** Commits everything. */
  commit(): void {
    this.git(this.folder, "add", "--all");
    const person = ["-c", "user.name=Test", "-c", "user.email=test@example.com"];
    this.git(this.folder, ...person, "commit", "--quiet", "--message", "Begin");
  }

  /** Runs the review command in the copy. */
  review(...args: string[]) {
    const command = ["-r", "./scripts/register.js", "packages/review/main.ts", ...args];
    return execa("node", command, { cwd: this.folder, reject: false });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private git(cwd: string, ...args: string[]): string {
    return execFileSync("git", args, { cwd, encoding: "utf8", maxBuffer: 1 << 26 });
  }
}
