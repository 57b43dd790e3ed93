import { Command, CommanderError } from "commander";
import { version } from "../package.json";
import { commands } from "./commands";
import { describeError } from "./describe-error";

/** The command line `gitops`. */
function commandLine(): Command {
  const program = new Command("gitops")
    .description("From commit to production, through the GitOps repository.")
    .version(version)
    .configureHelp({ showGlobalOptions: true })
    .option("--repo <owner/name>", "the GitOps repository (default: the workflow's, or the clone's origin)");
  for (const add of commands) add(program);
  return program;
}

commandLine()
  .parseAsync()
  .catch((error: unknown) => {
    if (error instanceof CommanderError) throw error;
    process.stderr.write(`${describeError(error)}\n`);
    if (process.env.DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ""}\n`);
    process.exitCode = 1;
  });
