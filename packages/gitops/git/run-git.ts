import { execa, ExecaError } from "execa";
import { Failure } from "@gitops-platform/contract/failure";
import { requireProgram } from "../program-version";
import type { GitEnvironment } from "@gitops-platform/clients/git/environment";

/** How git is run. */
export interface GitOptions {
  readonly cwd: string;
  /** All its environment variables: see environment.ts. */
  readonly env: GitEnvironment;
  /** The standard input. Default: empty. */
  readonly input?: string;
}

/** A failed Git command. */
export class GitFailure extends Failure {
  /** Git's standard output and standard error. */
  readonly output: string;

  constructor(args: readonly string[], error: ExecaError) {
    const output = [error.stdout, error.stderr].map(textOf).join("\n");
    const command = args.find((arg, index) => !arg.startsWith("-") && args[index - 1] !== "-c");
    super(
      `git ${command ?? ""}: ${wordsOf(output) || error.originalMessage || `exit code ${error.exitCode ?? "none"}`}`,
    );
    this.output = output;
  }
}

/**
 * Runs Git and returns its output.
 * @throws {GitFailure} if the command fails.
 * @throws {Failure} if Git is missing or too old.
 */
export async function runGit(args: readonly string[], { cwd, env, input }: GitOptions): Promise<Buffer> {
  await requireProgram("git", env);
  try {
    const { stdout } = await execa("git", args, {
      cwd,
      env,
      extendEnv: false,
      ...(input !== undefined && { input }),
      encoding: "buffer",
      stripFinalNewline: false,
    });
    return Buffer.from(stdout);
  } catch (error) {
    throw error instanceof ExecaError ? new GitFailure(args, error as ExecaError) : error;
  }
}

/** The remote's messages, or without any, Git's own errors. */
export function wordsOf(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  const remote = lines
    .filter((line) => line.startsWith("remote: "))
    .map((line) => line.slice("remote: ".length).trim());
  const words = remote.length > 0 ? remote : lines.filter((line) => /^(fatal|error): /.test(line));
  const refused = lines.some((line) => /could not read Username|Authentication failed/.test(line));
  const hint = refused ? ["GITHUB_TOKEN is not, or no longer, valid."] : [];
  return [...words, ...hint].filter((line) => line !== "").join("\n");
}

function textOf(printed: unknown): string {
  return printed instanceof Uint8Array ? Buffer.from(printed).toString("utf8") : "";
}
