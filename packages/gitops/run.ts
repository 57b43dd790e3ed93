import { Command, CommanderError } from "commander";
import { version } from "../../package.json";
import type { AddCommand } from "./commands";
import { describeError } from "./errors";

/**
 * Runs the command line `gitops`. Data goes to stdout, everything else to stderr; the exit code is 1 if it failed.
 * @param args default: this process's arguments
 */
export async function run(commands: readonly AddCommand[], args = process.argv.slice(2)): Promise<void> {
  try {
    await commandLine(commands).parseAsync(args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) throw error;
    process.stderr.write(`${describeError(error)}\n`);
    if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  }
}

/** The command line with the given commands. */
export function commandLine(commands: readonly AddCommand[]): Command {
  const program = new Command("gitops")
    .description("From commit to production, through the GitOps repository.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .option("--repo <owner/name>", "the GitOps repository (default: the workflow's, or the clone's origin)");
  for (const add of commands) add(program);
  return program;
}
