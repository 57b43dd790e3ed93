import { isolated } from "@gitops-platform/clients/git/environment";
import { type GitAnswer, startGit } from "@gitops-platform/clients/git/process";

/** A failed git command. `message` is its output on standard error. */
export class GitError extends Error {
  constructor(
    /** First argument of the command: `update-ref`, `merge-tree`, … */
    readonly command: string,
    /** Exit code; -1 if git could not be started or was ended by a signal. */
    readonly exitCode: number,
    stderr: string,
  ) {
    super(stderr.trim() === "" ? `git ${command}: exit code ${exitCode}` : stderr.trim());
    this.name = "GitError";
  }
}

/** Input and additional environment of a command. */
export interface RunOptions {
  /** Standard input; default: empty. */
  input?: string | Uint8Array;
  /** More environment variables; default: none. */
  env?: Record<string, string>;
}

/** One bare repository on disk, accessed with the git command line. */
export class Git {
  private readonly answers = new Map<string, Promise<GitAnswer>>();

  constructor(
    /** Folder of the bare repository. */
    readonly dir: string,
    /** Variables of every command, such as those that make a push's objects visible before it is accepted. */
    private readonly env: Record<string, string> = {},
  ) {}

  /** The same repository with more environment variables. */
  with(env: Record<string, string>): Git {
    return new Git(this.dir, { ...this.env, ...env });
  }

  /** Standard output of a command as bytes. Throws GitError if the exit code is not 0. */
  async bytes(args: string[], options: RunOptions = {}): Promise<Buffer> {
    const { exitCode, stdout, stderr } = await this.answer(args, options);
    if (exitCode !== 0) throw new GitError(args[0] ?? "", exitCode, stderr.toString());
    return stdout;
  }

  /** Standard output of a command as a string, without the final line break. */
  async run(args: string[], options: RunOptions = {}): Promise<string> {
    return (await this.bytes(args, options)).toString().replace(/\n$/, "");
  }

  /** Standard output, or undefined if the command exits with code 1, which means "no". */
  async query(args: string[], options: RunOptions = {}): Promise<string | undefined> {
    try {
      return await this.run(args, options);
    } catch (error) {
      if (error instanceof GitError && error.exitCode === 1) return undefined;
      throw error;
    }
  }

  /** Asks git, except for what it has said before and cannot say differently. */
  private async answer(args: string[], options: RunOptions): Promise<GitAnswer> {
    if (options.env !== undefined || !isLasting(args, options.input)) return this.ask(args, options);
    const question = [...args, options.input ?? ""].join("\0");
    const known = this.answers.get(question) ?? this.ask(args, options);
    this.answers.set(question, known);
    if (this.answers.size > MAX_ANSWERS) this.answers.delete(this.answers.keys().next().value ?? "");
    const answer = await known;
    if (!isFound(answer)) this.answers.delete(question);
    return answer;
  }

  private ask(args: string[], { input = "", env }: RunOptions): Promise<GitAnswer> {
    return startGit(args, { cwd: this.dir, env: { ...isolated(), GIT_DIR: this.dir, ...this.env, ...env }, input });
  }
}

/** The number of remembered answers of a repository: enough for its open pull requests. */
const MAX_ANSWERS = 2000;

/** Commands that print the same again, as long as they are asked about the same objects. */
const READING = new Set(["cat-file", "diff-tree", "log", "ls-tree", "merge-base", "merge-tree", "rev-list"]);
/** Options that read the time or all refs. */
const CHANGING = /^--(all|branches|tags|remotes|glob|since|until|after|before|stdin)/;
/** A complete object name with what may follow: `<sha>:<path>`, `<sha>^{tree}`, `<sha>...<sha>`. */
const OBJECT = /^\^?[0-9a-f]{40}([:^][^]*|\.{2,3}[0-9a-f]{40})?$/;

/** Whether a command's answer depends on nothing but objects, which never change. */
function isLasting(args: string[], input: RunOptions["input"]): boolean {
  const [command = "", ...rest] = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  const asked = input === undefined || (typeof input === "string" && OBJECT.test(input.trimEnd()));
  return (
    asked &&
    READING.has(command) &&
    rest.every((each) => (each.startsWith("-") ? !CHANGING.test(each) : OBJECT.test(each)))
  );
}

/** Whether all objects were there: missing ones can come later. Exit code 1 means "no". */
function isFound({ exitCode, stdout }: GitAnswer): boolean {
  return (exitCode === 0 || exitCode === 1) && !stdout.subarray(-9).equals(MISSING);
}

const MISSING = Buffer.from(" missing\n");
