import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Clone, type CloneOptions } from "@gitops-platform/gitops/git/clone";
import { isolated } from "@gitops-platform/clients/git/environment";
import { emptyRepository, headOf } from "./empty-repository";
import { writeCopy } from "./folder-copy";

/** What a commit of these tests says. */
export interface Told {
  message: string;
  /** Path → text; null deletes. */
  files?: Record<string, string | null>;
  author?: string;
}

/** A GitOps repository on this machine, whose time passes by an hour a commit. */
export class TestRepository {
  readonly folder = mkdtempSync(join(tmpdir(), "gitops-test-"));
  private readonly work = join(this.folder, "work");
  readonly remote = join(this.folder, "vaarak", "gitops.git");
  private hours = 0;

  /** @param options Whether the server leaves files out of a fetch that asks for that, as GitHub does. Default: no. */
  constructor({ filters = false } = {}) {
    writeCopy(emptyRepository("bare"), this.remote);
    writeCopy(emptyRepository("with files"), this.work);
    const origin = `[remote "origin"]\n\turl = ${this.remote}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
    appendFileSync(join(this.work, ".git", "config"), origin);
    if (filters) appendFileSync(join(this.remote, "config"), "[uploadpack]\n\tallowFilter = true\n");
  }

  /** Runs git in the repository that commands fetch from. */
  inRemote(...args: string[]): string {
    return this.git(`--git-dir=${this.remote}`, ...args);
  }

  git(...args: string[]): string {
    return this.gitAs("Test", ...args);
  }

  /** A commit on the branch that is checked out. Returns its id. */
  commit({ message, files = {}, author = "Ada" }: Told): string {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.work, path);
      mkdirSync(dirname(file), { recursive: true });
      if (text === null) rmSync(file);
      else writeFileSync(file, text);
    }
    this.git("add", "--all", ".");
    this.hours += 1;
    this.gitAs(author, "commit", "--quiet", "--allow-empty", "-m", message);
    return headOf(this.work);
  }

  /** A pull request of some commits, merged as GitHub merges it. Returns the merge commit. */
  merge(base: string, title: string, ...commits: Told[]): string {
    this.git("checkout", "--quiet", "-B", "topic", base);
    for (const told of commits) this.commit(told);
    this.git("checkout", "--quiet", base);
    this.hours += 1;
    this.gitAs("platform[bot]", "merge", "--quiet", "--no-ff", "-m", title, "topic");
    return headOf(this.work);
  }

  /** Switches to a branch, which begins where HEAD is if it is new. */
  branch(name: string): void {
    const isNew = !existsSync(join(this.work, ".git", "refs", "heads", name));
    this.git("checkout", "--quiet", ...(isNew ? ["-b"] : []), name);
  }

  /** A signed tag on a commit. */
  record(tag: string, commit: string, key: string, message: string): void {
    const signed = ["-c", "gpg.format=ssh", "-c", `user.signingkey=${key}`, "tag", "-s", "-m", message, tag, commit];
    this.git(...signed);
  }

  /** What a command gets: a fresh clone of everything. */
  async read<T>(use: (clone: Clone) => Promise<T>, options?: CloneOptions): Promise<T> {
    this.git("push", "--quiet", "--force", "origin", "refs/heads/*:refs/heads/*", "refs/tags/*:refs/tags/*");
    const target = { owner: "vaarak", name: "gitops", server: `file://${this.folder}`, api: "", token: "none" };
    return Clone.with(target, use, options);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private gitAs(name: string, ...args: string[]): string {
    const date = new Date(Date.UTC(2026, 0, 1, this.hours)).toISOString();
    const env = {
      ...isolated(),
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: "test@example.com",
      GIT_AUTHOR_DATE: date,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: "test@example.com",
      GIT_COMMITTER_DATE: date,
    };
    return execFileSync("git", args, {
      cwd: this.work,
      env,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  }
}

/** Values of a service, as short as they can be. */
export function values(tag: string, replicas = 1): string {
  const image = `image:\n  repository: ghcr.io/vaarak/api\n  tag: "${tag}" # Updated by CI pipeline\n`;
  return `replicaCount: ${replicas}\n${image}`;
}
