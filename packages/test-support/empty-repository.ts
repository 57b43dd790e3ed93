import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isolated } from "@gitops-platform/clients/git/environment";
import { copyOf, type FolderCopy } from "./folder-copy";

/** Whether a repository has files beside it, in which case its own folder is `.git`. */
type Kind = "bare" | "with files";

const made = new Map<Kind, FolderCopy>();

/** A repository as `git init` makes it, with the branch `main` and without hooks. Git is started once for each kind. */
export function emptyRepository(kind: Kind): FolderCopy {
  const known = made.get(kind) ?? make(kind);
  made.set(kind, known);
  return known;
}

function make(kind: Kind): FolderCopy {
  const folder = mkdtempSync(join(tmpdir(), "empty-"));
  try {
    const options = ["--quiet", "--template=", "--initial-branch=main", ...(kind === "bare" ? ["--bare"] : [])];
    execFileSync("git", ["init", ...options, folder], { env: { ...isolated(), GIT_DEFAULT_REF_FORMAT: "files" } });
    return copyOf(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The commit that is checked out and was just made, read from Git's files. */
export function headOf(folder: string): string {
  const text = (name: string) => readFileSync(join(folder, ".git", name), "utf8").trim();
  const head = text("HEAD");
  return head.startsWith("ref: ") ? text(head.slice("ref: ".length)) : head;
}
