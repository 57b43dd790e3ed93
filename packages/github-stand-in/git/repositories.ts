import { appendFile, mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Git } from "./git";

const CONFIG = `[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
[receive]
	fsckObjects = true
	# As on GitHub, refs/pull belongs to the server: clients can fetch it and not push to it.
	hideRefs = refs/pull
	# A garbage collection in the background would outlive the server.
	autogc = false
[gc]
	auto = 0
`;

/**
 * The bare repositories, in one folder, each named after its id. A rename moves nothing, and no name in a request
 * becomes a path.
 */
export class GitRepositories {
  private readonly opened = new Map<number, Git>();

  constructor(
    /** Folder of all repositories. */
    readonly root: string,
  ) {}

  open(id: number): Git {
    const git = this.opened.get(id) ?? new Git(join(this.root, `${id}.git`));
    this.opened.set(id, git);
    return git;
  }

  /** Creates an empty repository. It appears under its name complete or not at all. */
  async create(id: number, defaultBranch: string): Promise<Git> {
    const draft = join(this.root, `${id}.new`);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const git = new Git(draft);
    const init = ["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`];
    await git.run(init, { env: { GIT_DEFAULT_REF_FORMAT: "files" } });
    await appendFile(join(draft, "config"), CONFIG);
    await writeFile(join(draft, "description"), `repository ${id}\n`);
    await rename(draft, join(this.root, `${id}.git`));
    return this.open(id);
  }

  async remove(id: number): Promise<void> {
    this.opened.delete(id);
    const away = join(this.root, `${id}.gone`);
    await rename(join(this.root, `${id}.git`), away);
    await rm(away, { recursive: true, force: true });
  }

  /** Points HEAD at another branch. */
  async setDefaultBranch(id: number, branch: string): Promise<void> {
    await this.open(id).run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  /**
   * Removes what a killed server left: lock files (which would block every later change of their ref), incomplete
   * repositories, received objects that were never accepted, temporary indexes. Call it only before the server accepts
   * requests. `known` are the ids in the database: a folder without a record belongs to a creation that did not finish.
   */
  async recover(known: ReadonlySet<number>): Promise<void> {
    await mkdir(this.root, { recursive: true });
    for (const name of await readdir(this.root)) {
      const path = join(this.root, name);
      if (!name.endsWith(".git") || !known.has(Number.parseInt(name, 10))) {
        await rm(path, { recursive: true, force: true });
        continue;
      }
      const entries = await readdir(path, { recursive: true, withFileTypes: true });
      const stale = entries.filter(
        (entry) =>
          (entry.isFile() && (entry.name.endsWith(".lock") || /^edit-.*\.index/.test(entry.name))) ||
          (entry.isDirectory() && /^(tmp_objdir-)?incoming-/.test(entry.name)),
      );
      for (const entry of stale) await rm(join(entry.parentPath, entry.name), { recursive: true, force: true });
    }
  }
}
