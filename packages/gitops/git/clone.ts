import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "@gitops-platform/contract/failure";
import { pageOf, type Target } from "../target";
import {
  type GitEnvironment,
  inCheckout,
  isolated,
  isolatedRemote,
  networkSettings,
  personal,
  type Setting,
  settingsAt,
} from "@gitops-platform/clients/git/environment";
import {
  FETCHES_ON_DEMAND,
  fetchOfObjects,
  FetchQueue,
  fileInTree,
  FILTER,
  type GitObject,
  parseObjects,
} from "./objects";
import { FETCHED, FETCHED_BRANCHES, fetchOf, MAIN, namesInTheWay, type NameTaken } from "./refs";
import { GitFailure, runGit, wordsOf } from "./run-git";

/** A branch or tag to move on the remote. */
export interface RefMove {
  /** The full name, such as `refs/heads/main`. */
  readonly ref: string;
  /** The new commit; null deletes the ref. */
  readonly to: string | null;
  /** The commit that it must currently have; null if it must not exist. */
  readonly from: string | null;
}

/** Options of a Git command in the clone. */
interface RunOptions {
  /** Variables in addition to those of the clone. */
  readonly env?: GitEnvironment;
  /** The standard input. Default: empty. */
  readonly input?: string;
  /** Whether Git and the programs that it runs must not get the token. Default: false. */
  readonly withoutToken?: boolean;
}

/** How much to fetch. */
export interface CloneOptions {
  /** Whether to fetch only the newest commit of each branch, and no release records. Default: false. */
  readonly onlyTips?: boolean;
}

/**
 * A temporary bare clone, which can read any revision and push new commits. The user's own clone and configuration are
 * not used, and a command that is killed leaves only a temporary folder. File contents are fetched when they are read,
 * many with one request.
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

  /** The user's own clone. Nothing is fetched, and closing it does not remove it. */
  static at(folder: string): Clone {
    return new Clone(folder, inCheckout(folder), false);
  }

  /** Creates a temporary clone and fetches what commands read. It must be closed. */
  static async open(target: Target, options: CloneOptions = {}): Promise<Clone> {
    const folder = await mkdtemp(join(tmpdir(), "gitops-"));
    // Set explicitly, so that Git uses neither a repository above the folder nor one from a variable.
    const own = { GIT_DIR: folder };
    const clone = new Clone(folder, { ...isolated(), ...own }, true, options);
    try {
      await clone.git("init", "--quiet", "--bare", "--template=", ".");
      const settings = [...(await networkSettings(folder)), ...originOf(target)];
      clone.env = { ...isolatedRemote(target, settings), ...own };
      await clone.fetch();
    } catch (error) {
      await clone.close();
      throw error;
    }
    return clone;
  }

  /** Opens a clone, uses it, and removes it even after an error. */
  static async with<T>(target: Target, use: (clone: Clone) => Promise<T>, options: CloneOptions = {}): Promise<T> {
    const clone = await Clone.open(target, options);
    try {
      return await use(clone);
    } finally {
      await clone.close();
    }
  }

  /** Fetches refs, by default {@link FETCHED}, and removes those that no longer exist on the remote. */
  async fetch(...refspecs: string[]): Promise<void> {
    const { onlyTips = false } = this.options;
    const all = onlyTips ? FETCHED_BRANCHES : FETCHED;
    const wanted = refspecs.length > 0 ? refspecs : all;
    const depth = onlyTips ? ["--depth=1"] : [];
    const options = ["--quiet", "--prune", "--no-tags", "--no-auto-maintenance", `--filter=${FILTER}`, ...depth];
    // A server without support for filters sends all files.
    await this.gitOnDemand("fetch", ...options, "origin", ...wanted);
  }

  /**
   * The head of every pull request by its number: of open, closed and merged ones, also from forks. They are listed
   * only once for each fetched state of `main`, because there may be many.
   * @param judged A pull request that must have this head in the list. If it has another one, the list is out of date
   *   and is read again.
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

  /** Runs Git in the clone, and returns its output without the last line feed. Throws {@link GitFailure}. */
  async git(...args: string[]): Promise<string> {
    return this.run(args);
  }

  /** Runs a Git command that reads file contents, such as merge or push, and may fetch missing ones. */
  async gitOnDemand(...args: string[]): Promise<string> {
    return this.git(...(this.isTemporary ? FETCHES_ON_DEMAND : []), ...args);
  }

  /** Runs Git with standard input or additional variables. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<string> {
    return (await this.bytesOf(args, options)).toString("utf8").replace(/\n$/, "");
  }

  /** The commit of a revision; undefined if it does not exist. */
  async resolve(revision: string): Promise<string | undefined> {
    return this.find(`${revision}^{commit}`);
  }

  /** The id of an object by its name, such as `<revision>:<path>`; undefined if it does not exist. */
  async find(name: string): Promise<string | undefined> {
    try {
      return await this.git("rev-parse", "--quiet", "--verify", "--end-of-options", name);
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }

  /** The text of a file at a revision; undefined if it does not exist. Throws {@link Failure} if it is not UTF-8. */
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
   * The texts of many files, with one process.
   * @param names Object ids, or `<revision>:<path>`. The result omits those that do not exist.
   */
  async readBlobs(names: Iterable<string>): Promise<Map<string, string>> {
    return new Map([...(await this.readBytes(names))].map(([name, bytes]) => [name, bytes.toString("utf8")]));
  }

  /** The bytes of many files, like {@link readBlobs}. */
  async readBytes(names: Iterable<string>): Promise<Map<string, Buffer>> {
    const wanted = [...new Set(names)];
    // The ids of files that are not in the clone yet are in their folders. Both are read together, so that Git starts
    // once.
    const folders = this.isTemporary ? wanted.map(folderOf).filter((folder) => folder !== "") : [];
    const objects = await this.objects([...new Set([...wanted, ...folders])]);
    if (this.isTemporary) {
      const absent = wanted.filter((name) => !objects.has(name));
      const ids = idsOf(absent, objects);
      await this.missing.bring(ids.values());
      for (const [name, object] of await this.objects([...ids.keys()])) objects.set(name, object);
      const lost = [...ids.keys()].find((name) => !objects.has(name));
      // Without this check, a file that exists would look like one that was removed.
      if (lost !== undefined) throw new Failure(`${lost}: got no content from the remote; expected it. Run it again.`);
    }
    return new Map(
      wanted.flatMap((name): [string, Buffer][] => {
        const object = objects.get(name);
        return object?.type === "blob" ? [[name, object.content]] : [];
      }),
    );
  }

  /**
   * Fetches files with one request, before they are read one after the other.
   * @param names The files, like in {@link readBlobs}.
   */
  async prefetch(names: Iterable<string>): Promise<void> {
    await this.readBytes(names);
  }

  /** The paths of all files at a revision, or of those that have one of the paths or are below it. */
  async list(revision: string, ...paths: string[]): Promise<string[]> {
    const output = await this.git("ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", ...paths);
    return output.split("\0").filter((path) => path !== "");
  }

  /**
   * Moves branches and tags on the remote, all or none of them.
   * @returns false if one of them does not have the expected commit any more: fetch again.
   * @throws {NameTaken} if another name prevents the creation of one of them.
   * @throws {Failure} if the remote refuses, with its message.
   */
  async push(...moves: RefMove[]): Promise<boolean> {
    const leases = moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
    const refs = moves.map(({ ref, to }) => `${to ?? ""}:${ref}`);
    try {
      // For a thin pack Git would fetch the previous files, in order to send only differences.
      const options = ["--quiet", "--atomic", "--porcelain", "--no-thin"];
      await this.gitOnDemand("push", ...options, ...leases, "origin", ...refs);
      return true;
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      // A concurrent push appears as a stale lease, or on the server as a ref that already exists.
      if (/\(stale info\)|\(fetch first\)|reference already exists/.test(error.output)) return false;
      const taken = await this.inTheWayOf(moves);
      if (taken) throw taken;
      // The server also reports this if another name prevents the creation, which was checked above.
      if (error.output.includes("cannot lock ref")) return false;
      throw new Failure(`git push: ${wordsOf(error.output)}`);
    }
  }

  /** Removes the folder. */
  async close(): Promise<void> {
    if (!this.isTemporary) return;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  /**
   * The names that prevent the creation of refs. Undefined also if the remote cannot list them; then the push's own
   * error is reported.
   */
  private async inTheWayOf(moves: readonly RefMove[]): Promise<NameTaken | undefined> {
    const made = moves.filter(({ to, from }) => to !== null && from === null).map(({ ref }) => ref);
    try {
      return await namesInTheWay(made, (...patterns) => this.git("ls-remote", "origin", ...patterns));
    } catch (error) {
      if (error instanceof GitFailure) return undefined;
      throw error;
    }
  }

  /** The objects that are in the clone, by their names. */
  private async objects(names: readonly string[]): Promise<Map<string, GitObject>> {
    if (names.length === 0) return new Map();
    const input = names.map((name) => `${name}\0`).join("");
    return parseObjects(names, await this.bytesOf(["cat-file", "--batch", "-z"], { input }));
  }

  private async fetchObjects(ids: readonly string[]): Promise<void> {
    const args = [...FETCHES_ON_DEMAND, ...fetchOfObjects("origin")];
    await this.run(args, { input: ids.map((id) => `${id}\n`).join("") });
  }

  private async bytesOf(args: readonly string[], { env, input, withoutToken = false }: RunOptions): Promise<Buffer> {
    const all = { ...(withoutToken ? { ...isolated(), GIT_DIR: this.folder } : await this.env), ...env };
    return runGit(args, { cwd: this.folder, env: all, ...(input !== undefined && { input }) });
  }
}

/** The settings that `git remote add origin` would write. */
function originOf(target: Target): Setting[] {
  return [
    ["remote.origin.url", pageOf(target, ".git")],
    ["remote.origin.fetch", fetchOf("*")],
  ];
}

/** The name of a file's folder, such as `<revision>:<folder>`; empty for an object's id. */
function folderOf(name: string): string {
  const end = Math.max(name.indexOf(":") + 1, name.lastIndexOf("/"));
  return name.includes(":") ? name.slice(0, end) : "";
}

/** The ids of files by their names, read from their folders. */
function idsOf(names: readonly string[], folders: ReadonlyMap<string, GitObject>): Map<string, string> {
  return new Map(
    names.flatMap((name): [string, string][] => {
      const folder = folderOf(name);
      if (folder === "") return /^[0-9a-f]{40}$/.test(name) ? [[name, name]] : [];
      const tree = folders.get(folder);
      const file = name.slice(Math.max(name.indexOf(":"), name.lastIndexOf("/")) + 1);
      const id = tree?.type === "tree" ? fileInTree(tree.content, file) : undefined;
      return id === undefined ? [] : [[name, id]];
    }),
  );
}

/**
 * Lets the user's own Git fetch the files of some revisions that their partial clone omits, with one request. Otherwise
 * Git would fetch each one when it is read, and without the user's credentials. Nothing is fetched in a full clone.
 * @throws {GitFailure} if they cannot be fetched.
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
