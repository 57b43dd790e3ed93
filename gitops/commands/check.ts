import type { Command } from "commander";
import { setCheck } from "../github/checks";
import { apiSession, type CommonOptions } from "../session";
import { findTarget } from "../target";
import { checkResult } from "../validate/check-result";

interface Options extends CommonOptions {
  readonly sha: string;
  readonly conclusion: string;
  readonly report: string;
  readonly json?: boolean;
}

/** Adds `gitops check`. */
export function addCheck(program: Command): void {
  program
    .command("check")
    .argument("<name>", "the check, such as validate")
    .description("Sets a check on a commit, for a workflow whose other job found out what it says.")
    .requiredOption("--sha <sha>", "the commit")
    .requiredOption("--conclusion <conclusion>", "success; anything else is a failure")
    .requiredOption("--report <markdown>", "what was found; its first line becomes the title")
    .option("--json", "print what was set as JSON")
    .action(async (name: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const result = checkResult(options.conclusion, options.report);
      // Without a clone: the token of the job that sets checks may not read the repository.
      const session = apiSession(await findTarget({ repository: options.repo }));
      await setCheck(session, name, options.sha, result);
      const { conclusion, title } = result;
      if (options.json === true)
        process.stdout.write(`${JSON.stringify({ name, sha: options.sha, conclusion, title })}\n`);
    });
}
