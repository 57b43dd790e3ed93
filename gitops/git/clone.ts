import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../errors";
import { pageOf, type Target } from "../target";
import {
  type GitEnvironment,
  inCheckout,
  isolated,
  isolatedRemote,
  networkSettings,
  personal,
  settingsAt,
} from "./environment";
import {
  FETCHES_ON_DEMAND,
  fetchOfObjects,
  FetchQueue,
  fileInTree,
  FILTER,
  type GitObject,
  parseObjects,
} from "./objects";
import { FETCHED, FETCHED_BRANCHES, MAIN, namesInTheWay, type NameTaken } from "./refs";
import { GitFailure, runGit, wordsOf } from "./run-git";

/** A branch or tag to move on the remote. */
export interface RefMove {
  /** The full name: `refs/heads/main`. */
  readonly ref: string;
  /** Where it moves; null deletes it. */
  readonly to: string | null;
  /** Where it must be for that; null: it must not exist. */
  readonly from: string | null;
}

/** How a command is run here. */
interface RunOptions {
  /** Variables beside those of the clone. */
  readonly env?: GitEnvironment;
  /** What it reads. Default: nothing. */
  readonly input?: string;
}

/** How much of the branches is fetched. */
export interface CloneOptions {
  /** Only the newest commit of each branch, and no records, for a command that asks for no more. Default: all. */
  readonly onlyTips?: boolean;
}

/**
 * A temporary bare clone: reads any revision and pushes what was made here. Nobody's own clone is touched, nothing of
 * their configuration takes part, and a command that is stopped leaves nothing but a temporary folder. Files come when
 * they are read, many of them by one request.
 */
export class Clone {
  private readonly missing = new FetchQueue((ids) => this.fetchObjects(ids));
  private listed: { readonly main: string | undefined; readonly heads: ReadonlyMap<number, string> } | undefined;

  private constructor(
    readonly folder: string,
    private env: GitEnvironment | Promise<GitEnvironment>,
    private readonly isTemporary = true,
    private readonly options: CloneOptions = {},
  ) {}

  /** Somebody's own clone, as it stands: nothing is fetched, and closing it leaves it there. */
  static at(folder: string): Clone {
    return new Clone(folder, inCheckout(folder), false);
  }

  /** Makes the folder and fetches what commands read. Close it afterwards. */
  static async open(target: Target, options: CloneOptions = {}): Promise<Clone> {
    const folder = await mkdtemp(join(tmpdir(), "gitops-"));
    // By its name: no repository above the folder, and none that a variable names, is taken for it.
    const own = { GIT_DIR: folder };
    const clone = new Clone(folder, { ...isolated(), ...own }, true, options);
    try {
      await clone.git("init", "--quiet", "--bare", "--template=", ".");
      await clone.git("remote", "add", "origin", pageOf(target, ".git"));
      clone.env = { ...isolatedRemote(target, await networkSettings(folder)), ...own };
      await clone.fetch();
    } catch (error) {
      await clone.close();
      throw error;
    }
    return clone;
  }

  /** Opens a clone, uses it and removes it, whatever happens. */
  static async with<T>(target: Target, use: (clone: Clone) => Promise<T>, options: CloneOptions = {}): Promise<T> {
    const clone = await Clone.open(target, options);
    try {
      return await use(clone);
    } finally {
      await clone.close();
    }
  }

  /** Brings what commands read ({@link FETCHED}) up to date; branches that are gone go here too. */
  async fetch(...refspecs: string[]): Promise<void> {
    const { onlyTips = false } = this.options;
    const all = onlyTips ? FETCHED_BRANCHES : FETCHED;
    const wanted = refspecs.length > 0 ? refspecs : all;
    const depth = onlyTips ? ["--depth=1"] : [];
    const options = ["--quiet", "--prune", "--no-tags", "--no-auto-maintenance", `--filter=${FILTER}`, ...depth];
    // A server that cannot leave files out sends them all.
    await this.gitOnDemand("fetch", ...options, "origin", ...wanted);
  }

  /**
   * Every pull request's number and the commit that it brings, as Git lists them: open, closed and merged ones, of
   * forks too. There are many, so they are listed once for each state of `main` that is fetched.
   * @param judged A pull request that the list must have at this head. If it has not, what is on that branch came
   *   later, and maybe by others; so they are listed again.
   */
  async pullHeads(judged?: { readonly number: number; readonly head: string }): Promise<ReadonlyMap<number, string>> {
    const main = await this.resolve(MAIN);
    const known = this.listed?.main === main ? this.listed?.heads : undefined;
    if (known && (judged === undefined || known.get(judged.number) === judged.head)) return known;
    const listing = await this.git("ls-remote", "origin", "refs/pull/*/head");
    const lines = listing.matchAll(/^([0-9a-f]+)\trefs\/pull\/(\d+)\/head$/gm);
    const heads = new Map([...lines].map(([, head = "", number]) => [Number(number), head]));
    this.listed = { main, heads };
    return heads;
  }

  /** Runs git here and returns what it prints, without the last line end. Throws {@link GitFailure}. */
  async git(...args: string[]): Promise<string> {
    return this.run(args);
  }

  /** The same where git reads files by itself, to merge or to push: it fetches those that are not here yet. */
  async gitOnDemand(...args: string[]): Promise<string> {
    return this.git(...(this.isTemporary ? FETCHES_ON_DEMAND : []), ...args);
  }

  /** The same with something to read, or in an environment of its own. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.bytesOf(args, options)).toString("utf8").replace(/\n$/, "");
  }

  /** The commit that a revision names; undefined where there is none. */
  async resolve(revision: string): Promise<string | undefined> {
    return this.find(`${revision}^{commit}`);
  }

  /** The object that a name stands for, such as `<revision>:<path>`; undefined where there is none. */
  async find(name: string): Promise<string | undefined> {
    try {
      return await this.git("rev-parse", "--quiet", "--verify", "--end-of-options", name);
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }

  /**
   * A file's text at a revision, byte by byte; undefined where there is none. Throws {@link Failure} where it is not
   * UTF-8.
   */
  async read(revision: string, path: string): Promise<string | undefined> {
    const name = `${revision}:${path}`;
    const bytes = (await this.readBytes([name])).get(name);
    try {
      return bytes && new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw new Failure(`${path}: got bytes that are not UTF-8; expected text. Correct the file.`);
    }
  }

  /**
   * The texts of many files by one process.
   * @param names Object ids, or `<revision>:<path>`. What there is none of is not in the answer.
   */
  async readBlobs(names: Iterable<string>): Promise<Map<string, string>> {
    return new Map([...(await this.readBytes(names))].map(([name, bytes]) => [name, bytes.toString("utf8")]));
  }

  /** The same, as they are. */
  async readBytes(names: Iterable<string>): Promise<Map<string, Buffer>> {
    const wanted = [...new Set(names)];
    const objects = await this.objects(wanted);
    if (this.isTemporary) {
      const absent = wanted.filter((name) => !objects.has(name));
      const ids = await this.idsOf(absent);
      await this.missing.bring(ids.values());
      for (const [name, object] of await this.objects([...ids.keys()])) objects.set(name, object);
      const lost = [...ids.keys()].find((name) => !objects.has(name));
      // Without this check, a file that exists would look like one that was removed.
      if (lost !== undefined) throw new Failure(`${lost}: got no content from the remote; expected it. Run it again.`);
    }
    return new Map([...objects].flatMap(([name, { type, content }]) => (type === "blob" ? [[name, content]] : [])));
  }

  /**
   * Fetches the files that are about to be read one after the other, by one request.
   * @param names As for {@link readBlobs}.
   */
  async prefetch(names: Iterable<string>): Promise<void> {
    await this.readBytes(names);
  }

  /** The paths of every file at a revision below some folders or of some names. */
  async list(revision: string, ...paths: string[]): Promise<string[]> {
    const output = await this.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", ...paths);
    return output.split("\0").filter((path) => path !== "");
  }

  /**
   * Moves branches and tags on the remote, all or none.
   * @returns false where one is not, or no longer, where it was expected: look again.
   * @throws {NameTaken} where another name is in the way of one that is to be made.
   * @throws {Failure} where the remote refuses, with its own words.
   */
  async push(...moves: RefMove[]): Promise<boolean> {
    const leases = moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
    const refs = moves.map(({ ref, to }) => `${to ?? ""}:${ref}`);
    try {
      // Thin, it would fetch the files before those that it sends, to send only what differs.
      const options = ["--quiet", "--atomic", "--porcelain", "--no-thin"];
      await this.gitOnDemand("push", ...options, ...leases, "origin", ...refs);
      return true;
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      // Another's push at the same moment is seen as a stale lease, or by the server as a ref that is there already.
      if (/\(stale info\)|\(fetch first\)|reference already exists/.test(error.output)) return false;
      const taken = await this.inTheWayOf(moves);
      if (taken) throw taken;
      // The server says this of a name in the way too.
      if (error.output.includes("cannot lock ref")) return false;
      throw new Failure(`git push: ${wordsOf(error.output)}`);
    }
  }

  /** Removes the folder. */
  async close(): Promise<void> {
    if (!this.isTemporary) return;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /** What keeps new refs from being made, as far as the remote tells: the push's own error counts where it does not. */
  private async inTheWayOf(moves: readonly RefMove[]): Promise<NameTaken | undefined> {
    const made = moves.filter(({ to, from }) => to !== null && from === null).map(({ ref }) => ref);
    try {
      return await namesInTheWay(made, (...patterns) => this.git("ls-remote", "origin", ...patterns));
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }

  /** Objects that are here, by their names. */
  private async objects(names: readonly string[]): Promise<Map<string, GitObject>> {
    if (names.length === 0) return new Map();
    const input = names.map((name) => `${name}\0`).join("");
    return parseObjects(names, await this.bytesOf(["cat-file", "--batch", "-z"], { input }));
  }

  /** The ids of files that are not here yet, by their names: trees are here, and say so. */
  private async idsOf(names: readonly string[]): Promise<Map<string, string>> {
    const folderOf = (name: string) => name.slice(0, Math.max(name.indexOf(":"), name.lastIndexOf("/")) + 1);
    const folders = [...new Set(names.map(folderOf))].filter((folder) => folder !== "");
    const trees = await this.objects(folders.map(withoutSlash));
    return new Map(
      names.flatMap((name): [string, string][] => {
        const folder = folderOf(name);
        if (folder === "") return /^[0-9a-f]{40}$/.test(name) ? [[name, name]] : [];
        const tree = trees.get(withoutSlash(folder));
        const id = tree?.type === "tree" ? fileInTree(tree.content, name.slice(folder.length)) : undefined;
        return id === undefined ? [] : [[name, id]];
      }),
    );
  }

  private async fetchObjects(ids: readonly string[]): Promise<void> {
    const args = [...FETCHES_ON_DEMAND, ...fetchOfObjects("origin")];
    await this.run(args, { input: ids.map((id) => `${id}\n`).join("") });
  }

  private async bytesOf(args: readonly string[], { env, input }: RunOptions): Promise<Buffer> {
    const all = { ...(await this.env), ...env };
    return runGit(args, { cwd: this.folder, env: all, ...(input !== undefined && { input }) });
  }
}

function withoutSlash(folder: string): string {
  return folder.replace(/\/$/, "");
}

/**
 * Has the person's own Git fetch, by one request, the files of some revisions that their partial clone left out. Git
 * would fetch each by itself when it is read, and here without the person's credentials. Of other clones nothing is
 * left out, and nothing is fetched.
 * @throws {GitFailure} where they cannot be fetched.
 */
export async function completeFiles(folder: string, revisions: readonly string[]): Promise<void> {
  const remote = (await settingsAt(folder)).flatMap(([key, value]) =>
    value === "true" ? (/^remote\.(.+)\.promisor$/.exec(key)?.[1] ?? []) : [],
  )[0];
  if (remote === undefined) return;
  const trees = revisions.map((revision) => `${revision}^{tree}`);
  const listing = await Clone.at(folder).git("rev-list", "--objects", "--missing=print", "--no-walk", ...trees);
  const missing = listing.split("\n").flatMap((line) => (line.startsWith("?") ? [line.slice(1)] : []));
  if (missing.length === 0) return;
  const input = missing.map((id) => `${id}\n`).join("");
  await runGit(fetchOfObjects(remote), { cwd: folder, env: personal(), input });
}
