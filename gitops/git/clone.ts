import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa, ExecaError } from "execa";
import { Failure } from "../failure";
import type { Target } from "../target";

/** Who a commit is by. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** A commit to make. */
export interface NewCommit {
  /** The commit, or commits, that it stands on. Its files are the first one's with the changes. */
  readonly parents: readonly [string, ...string[]];
  /** Path → new text; null deletes the file. */
  readonly changes: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: Identity;
}

/** A branch or tag to move on the remote. */
export interface RefMove {
  /** The full name: `refs/heads/main`. */
  readonly ref: string;
  /** Where it moves; null deletes it. */
  readonly to: string | null;
  /** Where it must be for that; null: it must not exist. */
  readonly from: string | null;
}

/**
 * A temporary bare clone: reads any revision, makes commits without a work tree and pushes them. Nobody's own clone is touched, and a command that
 * is stopped leaves nothing but a temporary folder.
 */
export class Clone {
  private constructor(
    private readonly folder: string,
    private readonly env: Record<string, string>,
    private readonly isTemporary = true,
  ) {}

  /** Somebody's own clone, as it stands: nothing is fetched, and closing it leaves it there. */
  static at(folder: string): Clone {
    return new Clone(folder, { LC_ALL: "C" }, false);
  }

  /** Makes the folder and fetches every branch and tag. Close it afterwards. */
  static async open(target: Target): Promise<Clone> {
    const folder = await mkdtemp(join(tmpdir(), "gitops-"));
    const clone = new Clone(folder, environment(target));
    try {
      await clone.git("init", "--quiet", "--bare", ".");
      await clone.git("remote", "add", "origin", `${target.server}/${target.owner}/${target.name}.git`);
      await clone.fetch();
    } catch (error) {
      await clone.close();
      throw error;
    }
    return clone;
  }

  /** Opens a clone, uses it and removes it, whatever happens. */
  static async with<T>(target: Target, use: (clone: Clone) => Promise<T>): Promise<T> {
    const clone = await Clone.open(target);
    try {
      return await use(clone);
    } finally {
      await clone.close();
    }
  }

  /** Brings every branch (as `origin/<name>`) and tag up to date; branches that are gone go here too. */
  async fetch(...refspecs: string[]): Promise<void> {
    const wanted = refspecs.length > 0 ? refspecs : ["+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*"];
    await this.git("fetch", "--quiet", "--prune", "--no-auto-maintenance", "origin", ...wanted);
  }

  /** Runs git here and returns what it prints, without the last line end. Throws {@link GitFailure}. */
  async git(...args: string[]): Promise<string> {
    return this.run(args);
  }

  /** The commit that a revision names; undefined where there is none. */
  async resolve(revision: string): Promise<string | undefined> {
    const args = ["rev-parse", "--quiet", "--verify", `${revision}^{commit}`];
    return this.run(args).catch(noSuchThing);
  }

  /** A file's text at a revision, byte by byte; undefined where there is none. Throws {@link Failure} where it is not UTF-8. */
  async read(revision: string, path: string): Promise<string | undefined> {
    const entry = await this.run(["ls-tree", "-z", "--format=%(objectname)", revision, "--", path]);
    const name = entry.split("\0")[0] ?? "";
    if (name === "") return undefined;
    const options = { cwd: this.folder, encoding: "buffer", stripFinalNewline: false } as const;
    const { stdout } = await execa("git", ["cat-file", "blob", name], options);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(stdout);
    } catch {
      throw new Failure(`${path}: got bytes that are not UTF-8; expected text. Correct the file.`);
    }
  }

  /** The bytes of a blob. */
  async bytes(blob: string): Promise<Uint8Array> {
    const { stdout } = await execa("git", ["cat-file", "blob", blob], {
      cwd: this.folder,
      env: this.env,
      encoding: "buffer",
    });
    return stdout;
  }

  /**
   * The texts of many blobs by one process.
   * @param names Object ids, or `<revision>:<path>`. What there is none of is not in the answer.
   */
  async readBlobs(names: Iterable<string>): Promise<Map<string, string>> {
    const wanted = [...new Set(names)];
    if (wanted.length === 0) return new Map();
    const { stdout } = await execa("git", ["cat-file", "--batch"], {
      cwd: this.folder,
      env: this.env,
      input: `${wanted.join("\n")}\n`,
      encoding: "buffer",
    });
    return parseBatch(wanted, Buffer.from(stdout));
  }

  /** The paths of every file at a revision below some folders or of some names. */
  async list(revision: string, ...paths: string[]): Promise<string[]> {
    const output = await this.run(["ls-tree", "-r", "-z", "--name-only", "--full-tree", revision, "--", ...paths]);
    return output.split("\0").filter((path) => path !== "");
  }

  /** Makes a commit here and returns its id. Files keep their modes. */
  async commit({ parents, changes, message, author }: NewCommit): Promise<string> {
    const index = { GIT_INDEX_FILE: join(this.folder, `index-${crypto.randomUUID()}`) };
    await this.run(["read-tree", parents[0]], { env: index });
    for (const [path, text] of changes) {
      if (text === null) {
        await this.run(["update-index", "--force-remove", "--", path], { env: index });
        continue;
      }
      const blob = await this.run(["hash-object", "-w", "--stdin"], { input: text });
      const mode = (await this.run(["ls-files", "--format=%(objectmode)", "--", path], { env: index })) || "100644";
      await this.run(["update-index", "--add", "--cacheinfo", `${mode},${blob},${path}`], { env: index });
    }
    const tree = await this.run(["write-tree"], { env: index });
    await rm(index.GIT_INDEX_FILE, { force: true });
    return this.commitTree(tree, parents, message, author);
  }

  /** The tree of a revision with some of its files, or folders, as another revision has them, or has them not. */
  async carry(onto: string, from: string, ...paths: string[]): Promise<string> {
    const index = { GIT_INDEX_FILE: join(this.folder, `index-${crypto.randomUUID()}`) };
    await this.run(["read-tree", onto], { env: index });
    const changes = await this.run(["diff-tree", "-r", "-z", "--no-renames", onto, from, "--", ...paths]);
    // `:<old mode> <mode> <old blob> <blob> <status>`, then the path; mode 0 is a file that is not there any more.
    const entries = changes.replace(/:\d+ (\d+) [0-9a-f]+ ([0-9a-f]+) [A-Z]\0([^\0]+)\0/g, "$1 $2\t$3\0");
    await this.run(["update-index", "-z", "--index-info"], { env: index, input: entries });
    const tree = await this.run(["write-tree"], { env: index });
    await rm(index.GIT_INDEX_FILE, { force: true });
    return tree;
  }

  /** Makes a commit of a tree that is here already. */
  async commitTree(tree: string, parents: readonly string[], message: string, author: Identity): Promise<string> {
    const args = ["commit-tree", tree, ...parents.flatMap((parent) => ["-p", parent])];
    return this.run(args, { input: message, env: identityEnvironment(author) });
  }

  /**
   * Moves branches and tags on the remote, all or none.
   * @returns false where one is not, or no longer, where it was expected: look again.
   * @throws {Failure} where the remote refuses, with its own words.
   */
  async push(...moves: RefMove[]): Promise<boolean> {
    const leases = moves.map(({ ref, from }) => `--force-with-lease=${ref}:${from ?? ""}`);
    const refs = moves.map(({ ref, to }) => `${to ?? ""}:${ref}`);
    try {
      await this.run(["push", "--quiet", "--atomic", "--porcelain", ...leases, "origin", ...refs]);
      return true;
    } catch (error) {
      if (!(error instanceof GitFailure)) throw error;
      // Another's push at the same moment is seen as a stale lease, or by the server as a ref that it could not lock.
      if (/\(stale info\)|\(fetch first\)|cannot lock ref|reference already exists/.test(error.output)) return false;
      throw new Failure(`git push: ${wordsOfRemote(error.output)}`);
    }
  }

  /** Removes the folder. */
  async close(): Promise<void> {
    if (!this.isTemporary) return;
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }

  private async run(args: string[], options: RunOptions = {}): Promise<string> {
    const { input, env } = options;
    try {
      const { stdout } = await execa("git", args, {
        cwd: this.folder,
        env: { ...this.env, ...env },
        ...(input !== undefined && { input }),
      });
      return stdout;
    } catch (error) {
      throw error instanceof ExecaError ? new GitFailure(args, error as ExecaError) : error;
    }
  }
}

interface RunOptions {
  input?: string;
  env?: Record<string, string>;
}

/** Git said no. */
export class GitFailure extends Failure {
  /** All that git printed. */
  readonly output: string;

  constructor(args: readonly string[], error: ExecaError) {
    const output = `${String(error.stdout ?? "")}\n${String(error.stderr ?? "")}`;
    const command = args.find((arg, index) => !arg.startsWith("-") && args[index - 1] !== "-c");
    super(`git ${command ?? ""}: ${wordsOfRemote(output) || error.shortMessage}`);
    this.output = output;
  }
}

/** The answers of `git cat-file --batch`, in the order of the questions: `<id> blob <bytes>`, a line end, the text, a line end. */
function parseBatch(names: readonly string[], output: Buffer): Map<string, string> {
  const texts = new Map<string, string>();
  let at = 0;
  for (const name of names) {
    const end = output.indexOf("\n", at);
    const [, type, size] = /^[0-9a-f]+ (\w+) (\d+)$/.exec(output.toString("utf8", at, end)) ?? [];
    at = end + 1;
    if (size === undefined) continue;
    if (type === "blob") texts.set(name, output.toString("utf8", at, at + Number(size)));
    at += Number(size) + 1;
  }
  return texts;
}

/** How git reaches the repository. The token goes by the environment: arguments can be read by every user of a machine. */
function environment({ server, token }: Target): Record<string, string> {
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  const config: [string, string][] = [
    [`http.${server}/.extraHeader`, `Authorization: Basic ${basic}`],
    ["credential.helper", ""],
    ["core.logAllRefUpdates", "false"],
    ["gc.auto", "0"],
  ];
  const pairs = config.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    ...(Object.fromEntries(pairs) as Record<string, string>),
    GIT_CONFIG_COUNT: String(config.length),
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}

function identityEnvironment({ name, email }: Identity): Record<string, string> {
  return { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email };
}

/** What the remote said, else git's own last words. */
function wordsOfRemote(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const remote = lines
    .filter((line) => line.startsWith("remote: "))
    .map((line) => line.slice("remote: ".length).trim());
  const words = remote.length > 0 ? remote : lines.filter((line) => /^(fatal|error): /.test(line));
  return words.filter((line) => line !== "").join("\n");
}

function noSuchThing(error: unknown): undefined {
  if (error instanceof GitFailure) return undefined;
  throw error;
}
