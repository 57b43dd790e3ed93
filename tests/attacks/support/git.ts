import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { gitHost, gitops } from "../../e2e/support/people";
import { paths } from "../../e2e/support/platform";
import { type Actor, tokenOf } from "./actors";
import { afterwards } from "./cleaning";
import { allowed, type Answer } from "./github";

/** Path → new content; null removes the file. With a mode it is a symbolic link (120000) or a submodule (160000). */
export type Files = Readonly<Record<string, string | Buffer | null | { mode: string; text: string }>>;

/** The metadata of a commit. All of it can be forged. */
export interface CommitMetadata {
  readonly message?: string;
  readonly author?: string;
  readonly email?: string;
}

/**
 * The attackers' own bare clone of the GitOps repository. Commits are created from trees, without a checkout, so that
 * every name and mode that Git supports is possible.
 */
export class Workshop {
  private constructor(
    readonly folder: string,
    /** The repository's URL, with a token that can read everything. */
    readonly remote: string,
  ) {}

  /** Clones the repository. Call {@link close} to delete the clone. */
  static async open(): Promise<Workshop> {
    const workshop = new Workshop(mkdtempSync(join(tmpdir(), "attacks-")), await remoteFor("the organisation's owner"));
    workshop.git("init", "--quiet", "--bare", "--initial-branch=none", ".");
    await workshop.fetch();
    return workshop;
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Updates all remote-tracking branches. */
  fetch(): Promise<void> {
    this.git("fetch", "--quiet", "--prune", "--no-tags", this.remote, "+refs/heads/*:refs/remotes/origin/*");
    return Promise.resolve();
  }

  /** Runs git, and returns its output. */
  git(...args: string[]): string {
    return this.run({}, "", ...args);
  }

  /** The current commit of a remote branch. */
  tip(branch: string): string {
    return this.git("rev-parse", `refs/remotes/origin/${branch}^{commit}`);
  }

  /** A file's content at a commit. */
  show(commit: string, path: string): string {
    return execFileSync("git", ["cat-file", "blob", `${commit}:${path}`], { cwd: this.folder, encoding: "utf8" });
  }

  /** Creates a commit that changes files. @param parents the files are those of the first parent */
  commit(parents: string | readonly string[], files: Files, metadata: CommitMetadata = {}): string {
    const [first = "", ...others] = typeof parents === "string" ? [parents] : parents;
    const index = { GIT_INDEX_FILE: join(this.folder, "attack.index") };
    this.run(index, "", "read-tree", first);
    const lines = Object.entries(files).map(([path, file]) => {
      if (file === null) return `0 ${"0".repeat(40)}\t${path}`;
      const { mode, text } = typeof file === "string" || Buffer.isBuffer(file) ? { mode: "100644", text: file } : file;
      const id = mode === "160000" ? String(text) : this.run({}, text, "hash-object", "-w", "--stdin");
      return `${mode} ${id}\t${path}`;
    });
    this.run(index, lines.map((line) => `${line}\0`).join(""), "update-index", "-z", "--index-info");
    const tree = this.run(index, "", "write-tree");
    return this.commitTree(tree, [first, ...others], metadata);
  }

  /** Creates a tag object with any content. */
  makeTag(text: string): string {
    return this.run({}, text, "hash-object", "-t", "tag", "-w", "--stdin");
  }

  /** Creates a commit of an existing tree. */
  commitTree(
    tree: string,
    parents: readonly string[],
    { message = "Change", author = "x", email = "x@localhost" }: CommitMetadata,
  ) {
    const person = {
      GIT_AUTHOR_NAME: author,
      GIT_AUTHOR_EMAIL: email,
      GIT_COMMITTER_NAME: author,
      GIT_COMMITTER_EMAIL: email,
    };
    return this.run(person, "", "commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent]), "-m", message);
  }

  /** Pushes as an actor. Refs that were accepted are removed afterwards, if possible. */
  async push(actor: Actor, ...refspecs: string[]): Promise<Answer> {
    const remote = await remoteFor(actor);
    const { failed, all } = await execa("git", ["push", "--force", "--porcelain", remote, ...refspecs], {
      cwd: this.folder,
      env: GIT_ENVIRONMENT,
      reject: false,
      all: true,
    });
    const targets = refspecs.map((refspec) => refspec.slice(refspec.indexOf(":") + 1));
    if (!failed) afterwards(() => this.remove(targets));
    return { refused: failed, said: all.replaceAll(/\/\/[^@/]*@/g, "//") };
  }

  private async remove(refs: readonly string[]): Promise<void> {
    for (const ref of refs.map((name) => (name.startsWith("refs/") ? name : `refs/heads/${name}`))) {
      // Do not undo changes of protected branches: the attack's verdict depends on them.
      if (PROTECTED.includes(ref)) continue;
      const options = { cwd: this.folder, env: GIT_ENVIRONMENT, reject: false };
      const { failed } = await execa("git", ["push", "--quiet", this.remote, `:${ref}`], options);
      if (failed) removeOnHost(ref);
    }
  }

  private run(env: Record<string, string>, input: string | Buffer, ...args: string[]): string {
    const options = { cwd: this.folder, env: { ...GIT_ENVIRONMENT, ...env }, input };
    return execFileSync("git", args, { ...options, stdio: ["pipe", "pipe", "pipe"] })
      .toString("utf8")
      .trim();
  }
}

const GIT_ENVIRONMENT = {
  PATH: process.env.PATH,
  LC_ALL: "C",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
};

const PROTECTED = ["refs/heads/main", "refs/heads/env/prod"];

/** The repository's URL with an actor's token. */
export async function remoteFor(actor: Actor): Promise<string> {
  const url = new URL(`${await gitHost()}/${gitops.owner}/${gitops.repo}.git`);
  const token = await tokenOf(actor);
  if (token !== undefined) [url.username, url.password] = ["x", token];
  return url.href;
}

/** Creates a ref without applying any rules, as if it were older than the rules. It is removed afterwards. */
export function plant(workshop: Workshop, ref: string, commit: string): void {
  const host = hostRepository();
  // Push to a path of the file system, which bypasses the host's hooks and rules. Git itself rejects pushes to names
  // such as refs/main, so update-ref creates the final name.
  const way = "refs/heads/planted";
  workshop.git("push", "--quiet", "--force", host, `${commit}:${way}`);
  const options = { cwd: host, env: GIT_ENVIRONMENT };
  execFileSync("git", ["update-ref", ref, commit], options);
  execFileSync("git", ["update-ref", "-d", way], options);
  afterwards(() => {
    removeOnHost(ref);
    return Promise.resolve();
  });
}

/** Removes a ref without applying any rules: a record's tag, which nobody can delete. */
function removeOnHost(ref: string): void {
  execFileSync("git", ["update-ref", "-d", ref], { cwd: hostRepository(), env: GIT_ENVIRONMENT });
}

/** The folder of the GitOps repository in the stand-in's data: the one with `env/prod`. */
function hostRepository(): string {
  const root = join(paths.github.data, "repositories");
  const found = readdirSync(root).find((name) => {
    if (!name.endsWith(".git")) return false;
    const refs = execFileSync("git", ["for-each-ref", "refs/heads/env/prod"], {
      cwd: join(root, name),
      encoding: "utf8",
    });
    return refs !== "";
  });
  if (found === undefined) throw new Error(`${root}: no repository has env/prod`);
  return join(root, found);
}

/** The current commit of a branch. */
export async function tipOf(branch: string): Promise<string> {
  const { object } = await allowed<{ object: { sha: string } }>("developer", "GET", `git/ref/heads/${branch}`);
  return object.sha;
}

/**
 * Adds files to a branch without applying any rules, as somebody who got past all of them would. Returns what puts the
 * branch back.
 */
export function plantFiles(workshop: Workshop, branch: string, files: Files): () => void {
  const host = hostRepository();
  const run = (...args: string[]) =>
    execFileSync("git", args, { cwd: host, env: GIT_ENVIRONMENT, encoding: "utf8" }).trim();
  const ref = `refs/heads/${branch}`;
  const before = run("rev-parse", ref);
  workshop.git("fetch", "--quiet", host, before);
  const commit = workshop.commit(before, files);
  workshop.git("push", "--quiet", "--force", host, `${commit}:refs/heads/planted`);
  run("update-ref", ref, commit, before);
  run("update-ref", "-d", "refs/heads/planted");
  return () => {
    run("update-ref", ref, before, commit);
  };
}
