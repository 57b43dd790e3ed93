import { execa } from "execa";
import { isolated } from "@gitops-platform/clients/git/environment";

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
    const result = await execa("git", args, {
      cwd: this.dir,
      env: { ...isolated(), GIT_DIR: this.dir, ...this.env, ...options.env },
      extendEnv: false,
      input: options.input ?? "",
      encoding: "buffer",
      stripFinalNewline: false,
      reject: false,
    });
    if (result.failed) {
      throw new GitError(args[0] ?? "", result.exitCode ?? -1, Buffer.from(result.stderr).toString());
    }
    return Buffer.from(result.stdout);
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
}
