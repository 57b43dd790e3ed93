import { Failure } from "@gitops-platform/contract/failure";
import { requireProgram } from "../program-version";
import { type GitAnswer, type GitProcess, startGit } from "@gitops-platform/clients/git/process";

/** A failed Git command. */
export class GitFailure extends Failure {
  /** Git's standard output and standard error. */
  readonly output: string;

  constructor(args: readonly string[], { exitCode, stdout, stderr }: GitAnswer) {
    const output = `${stdout.toString()}\n${stderr.toString()}`;
    const command = args.find((arg, index) => !arg.startsWith("-") && args[index - 1] !== "-c");
    const reason = exitCode === -1 ? stderr.toString() : `exit code ${exitCode}`;
    super(`git ${command ?? ""}: ${wordsOf(output) || reason}`);
    this.output = output;
  }
}

/**
 * Runs Git and returns its output.
 * @throws {GitFailure} if the command fails.
 * @throws {Failure} if Git is missing or too old.
 */
export async function runGit(args: readonly string[], process: GitProcess): Promise<Buffer> {
  await requireProgram("git", process.env);
  const answer = await startGit(args, process);
  if (answer.exitCode !== 0) throw new GitFailure(args, answer);
  return answer.stdout;
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
