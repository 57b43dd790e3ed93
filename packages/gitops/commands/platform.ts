import type { Command } from "commander";
import { formatProblem } from "@gitops-platform/contract/problems";
import { compare, describeDifference, differs, update, wantedBranches, withCatalogue } from "../platform/update";
import { cloneUrlOf } from "@gitops-platform/environments/settings/repository";
import { addressOf, OWNING_STACK_FILE, readPolicies, readStackFile } from "../platform/stack-file";
import { ownerErrors } from "../platform/account";
import { type CommonOptions, findApiSession, type Session, withSession } from "../session";
import { askGitHub } from "../platform/preflight";

interface Options extends CommonOptions {
  stackFile: string;
  check?: boolean;
  json?: boolean;
}

/** `gitops platform`: brings the repository's platform files to this version of the project, by pull requests. */
export function addPlatform(program: Command): void {
  program
    .command("platform")
    .description(
      "bring charts, workflows, CODEOWNERS and gitops itself in the repository to this version, by pull requests",
    )
    .requiredOption("--stack-file <file>", `settings of the stack that owns the repository: ${OWNING_STACK_FILE}`)
    .option("--check", "only say what differs, and which code owners do not count; exit code 1 where something does")
    .option("--json", "as JSON, for programs")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const settings = readStackFile(options.stackFile);
      const environments = readPolicies(options.stackFile, (line) => void process.stderr.write(`${line}\n`));
      const policy = { repositoryUrl: cloneUrlOf(settings), environments };
      const print = (value: unknown, text: string) =>
        void process.stdout.write(`${options.json ? JSON.stringify(value, undefined, 2) : text}\n`);
      const look = async (session: Session) => {
        const { wanted, later } = await withCatalogue(session.clone, wantedBranches(settings, policy), policy);
        const found = await Promise.all(
          wanted.map(async (each) => ({ wanted: each, difference: await compare(session.clone, each) })),
        );
        const outdated = found.filter(({ difference }) => differs(difference));
        if (options.check) {
          const differences = found.map(({ difference }) => difference);
          const problems = await ownerErrors(session);
          const text = [
            ...waiting(later),
            ...outdated.map(({ difference }) => `${difference.branch}\n\n${describeDifference(difference)}`),
            ...problems.map(formatProblem),
          ].join("\n\n");
          print({ differs: outdated.length > 0, branches: differences, later, problems }, text || "Nothing differs.");
          if (outdated.length > 0 || problems.length > 0) process.exitCode = 1;
          return;
        }
        const updates = [];
        for (const each of outdated) updates.push(await update(session, each.wanted, each.difference));
        const lines = updates.map(
          ({ branch, url, changed }) => `${branch}: ${changed ? "a review brings it in" : "waits already"}: ${url}`,
        );
        print({ updates, later }, [...lines, ...waiting(later)].join("\n") || "Nothing differs.");
      };
      await withSession({ repo: options.repo ?? addressOf(settings) }, look, { onlyTips: options.check === true });
    });
}

function waiting(later: readonly string[]): string[] {
  if (later.length === 0) return [];
  return [
    `main: ${later.length} files of the catalogue differ and wait for this version of gitops on main. ` +
      "Run it again after the merge.",
  ];
}

/** `gitops preflight`: asks GitHub, before `pulumi up` does, whether the account can do what the settings want. */
export function addPreflight(program: Command): void {
  program
    .command("preflight")
    .description(
      "ask GitHub, before `pulumi up`, whether the account, its teams, rules and settings, and what a repository " +
        "has already, are as the platform needs them",
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
