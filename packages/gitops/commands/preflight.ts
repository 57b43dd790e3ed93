import type { Command } from "commander";
import { formatProblem } from "@gitops-platform/contract/problems";
import { askGitHub } from "../platform/preflight";
import { addressOf, OWNING_STACK_FILE, readStackFile } from "../platform/stack-file";
import { findApiSession } from "../session";

/** `gitops preflight`: asks GitHub, before `pulumi up` does, whether the account can do what the settings want. */
export function addPreflight(program: Command): void {
  program
    .command("preflight")
    .description(
      "ask GitHub, before `pulumi up`, whether the account, its teams, rules and settings, and what a repository has already, are as the platform needs them",
    )
    .requiredOption("--stack-file <file>", `settings of the stack that owns the repository: ${OWNING_STACK_FILE}`)
    .option("--json", "as JSON, for programs")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<{ stackFile: string; json?: boolean }>();
      const settings = readStackFile(options.stackFile);
      const session = await findApiSession({ repo: addressOf(settings) });
      const { problems, account, notes } = await askGitHub(session, settings);
      for (const note of notes) session.log(note);
      const text =
        problems.map(formatProblem).join("\n") || "The account and the repository are as the platform needs them.";
      process.stdout.write(`${options.json ? JSON.stringify({ problems, account }, undefined, 2) : text}\n`);
      if (problems.length > 0) process.exitCode = 1;
    });
}
