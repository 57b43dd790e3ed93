import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isolated } from "@gitops-platform/clients/git/environment";
import type { Files } from "@gitops-platform/github-stand-in/tests/protected";
import { git, type StandIn } from "@gitops-platform/github-stand-in/tests/support";

const REPOSITORY = { owner: "vaarak", repo: "gitops" };

/** A commit to push. */
export interface Push {
  /** The account that pushes it. */
  readonly login: string;
  /** The branch that it stands on. */
  readonly from: string;
  /** The branch that it is pushed to. */
  readonly to: string;
  readonly message: string;
  readonly files: Files;
  /** Options of `git push`. Default: none. */
  readonly options?: readonly string[];
}

/** Pushes commits to vaarak/gitops on a stand-in, without a clone and a checkout for each. */
export class Pushes {
  private scratch: Promise<string> | undefined;

  constructor(private readonly github: StandIn) {}

  /** Makes a commit and pushes it. A branch with rules refuses it. Returns the commit. */
  async push({ login, from, to, message, files, options = [] }: Push): Promise<string> {
    this.scratch ??= this.makeScratch();
    const scratch = await this.scratch;
    const commit = commitIn(scratch, await this.tip(from), message, files);
    await git(scratch, "push", "--quiet", ...options, this.github.remote(login), `${commit}:refs/heads/${to}`);
    return commit;
  }

  /** The newest commit of a branch. */
  async tip(branch: string): Promise<string> {
    const { data } = await this.github.octokit("owner").rest.git.getRef({ ...REPOSITORY, ref: `heads/${branch}` });
    return data.object.sha;
  }

  /** The folder of the stand-in's own repository, for reading. */
  async bare(): Promise<string> {
    const { data } = await this.github.octokit("owner").rest.repos.get(REPOSITORY);
    return join(this.github.data, "repositories", `${data.id}.git`);
  }

  /** A repository for new commits, which borrows all objects of the stand-in's. */
  private async makeScratch(): Promise<string> {
    const scratch = join(this.github.folder, "scratch.git");
    mkdirSync(join(scratch, "objects", "info"), { recursive: true });
    execFileSync("git", ["init", "--quiet", "--bare", "--template=", scratch], { env: isolated() });
    writeFileSync(join(scratch, "objects", "info", "alternates"), `${join(await this.bare(), "objects")}\n`);
    return scratch;
  }
}

/** Makes a commit of changed files on top of another one, with one process. Null deletes a file. */
function commitIn(folder: string, parent: string, message: string, files: Files): string {
  const seconds = Math.floor(Date.now() / 1000);
  const changes = Object.entries(files).map(([path, text]) =>
    text === null ? `D ${JSON.stringify(path)}\n` : `M 100644 inline ${JSON.stringify(path)}\n${data(text)}`,
  );
  const lines = [
    "commit refs/heads/made\nmark :1\n",
    `committer Test <test@example.com> ${seconds} +0000\n`,
    `${data(`${message.trimEnd()}\n`)}from ${parent}\n`,
    ...changes,
    "\nget-mark :1\n",
  ];
  // Writes a pack. By default Git would start another process, which unpacks it.
  const args = ["-c", "fastimport.unpackLimit=1", "fast-import", "--quiet", "--force"];
  return execFileSync("git", args, { cwd: folder, env: isolated(), input: lines.join(""), encoding: "utf8" }).trim();
}

/** Text for `git fast-import`: its length in bytes comes first. */
function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
