import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Git } from "./git";

const CONFIG = {
  "http.receivepack": "true",
  "uploadpack.allowFilter": "true",
  "uploadpack.allowAnySHA1InWant": "true",
  "receive.fsckObjects": "true",
  // refs/pull belongs to the server, as on GitHub: it can be fetched and not pushed.
  "receive.hideRefs": "refs/pull",
  // A collection in the background would outlive the server.
  "receive.autogc": "false",
  "gc.auto": "0",
};

/**
 * The bare repositories, in one folder, each under its id: a rename moves nothing, and no name that a request carries
 * ever becomes a path.
 */
export class GitRepositories {
  constructor(
    /** Folder of all repositories. */
    readonly root: string,
  ) {}

  /** The repository of an id. */
  open(id: number): Git {
    return new Git(join(this.root, `${id}.git`));
  }

  /** Make an empty repository. It appears under its name complete or not at all. */
  async create(id: number, defaultBranch: string): Promise<Git> {
    const draft = join(this.root, `${id}.new`);
    await rm(draft, { recursive: true, force: true });
    await mkdir(draft, { recursive: true });
    const git = new Git(draft);
    await git.run(["init", "--quiet", "--bare", "--template=", `--initial-branch=${defaultBranch}`]);
    for (const [key, value] of Object.entries(CONFIG)) await git.run(["config", key, value]);
    await writeFile(join(draft, "description"), `repository ${id}\n`);
    await rename(draft, join(this.root, `${id}.git`));
    return this.open(id);
  }

  /** Delete a repository. */
  async remove(id: number): Promise<void> {
    const away = join(this.root, `${id}.gone`);
    await rename(join(this.root, `${id}.git`), away);
    await rm(away, { recursive: true, force: true });
  }

  /** Point HEAD at another branch. */
  async setDefaultBranch(id: number, branch: string): Promise<void> {
    await this.open(id).run(["symbolic-ref", "HEAD", `refs/heads/${branch}`]);
  }

  /**
   * Clear away what a killed server left: lock files (they would refuse every later change of their ref), half-made
   * repositories, received objects that were never accepted, scratch indexes. Only before the server takes requests.
   * `known` are the ids of the database: a folder without a record is a creation that did not finish.
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
