import type { Command } from "commander";
import { codeOwnersByKey } from "@gitops-platform/environments/settings/owners";
import { preflight } from "@gitops-platform/environments/preflight";
import { formatProblem } from "@gitops-platform/contract/problems";
import { forbidden, ownerErrors, readAccount } from "../platform/account";
import { pastProblems } from "../platform/past";
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
      const { owner, name, visibility = "private" } = settings;
      const session = await findApiSession({ repo: addressOf(settings) });
      const owners = codeOwnersByKey(settings);
      const questions = { owner, repository: name, owners: Object.values(owners).flat() };
      const { account, notes } = await readAccount(session.github, questions);
      const rules = await forbidden(session, settings.checksApp);
      const problems = [
        ...preflight(account, { visibility, owners }),
        ...(await ownerErrors(session)),
        ...rules.problems,
        ...(await pastProblems(session, settings)),
      ];
      for (const note of [...notes, ...rules.notes]) session.log(note);
      const text =
        problems.map(formatProblem).join("\n") || "The account and the repository are as the platform needs them.";
      process.stdout.write(`${options.json ? JSON.stringify({ problems, account }, undefined, 2) : text}\n`);
      if (problems.length > 0) process.exitCode = 1;
    });
}
