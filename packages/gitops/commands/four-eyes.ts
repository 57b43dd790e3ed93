import type { Command } from "commander";
import { judgeReleases } from "../four-eyes/judge";
import { titleOf } from "../four-eyes/verdict";
import { type CommonOptions, withSession } from "../session";
import { parseNumber } from "./options";

interface Options extends CommonOptions {
  readonly pullRequest?: number;
  readonly json?: boolean;
}

/** Adds `gitops four-eyes`. */
export function addFourEyes(program: Command): void {
  program
    .command("four-eyes")
    .description(
      "judge the approvals of releases, and set their check four-eyes; a contributor's approval does not count",
    )
    .option(
      "--pull-request <number>",
      "one pull request (default: all that are open and were reviewed or changed)",
      parseNumber,
    )
    .option("--json", "print the verdicts as JSON")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const found = await withSession(options, (session) => judgeReleases(session, options.pullRequest));
      const lines = found.map(({ number, ...verdict }) => `#${number}: ${titleOf(verdict)}`);
      process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : lines.join("\n")}\n`);
    });
}
