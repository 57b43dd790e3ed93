import type { Command } from "commander";
import { environmentOfBranch } from "../../environments/catalogue";
import { type Check, checkName } from "../../contract/checks";
import { Failure } from "../errors";
import { setCheck } from "../github/checks";
import { validatedId } from "../release/main-branch";
import { apiSession, type CommonOptions } from "../session";
import { findTarget } from "../target";
import { checkResult } from "../validate/report";
import { parseNumber } from "./parse-number";

interface Options extends CommonOptions {
  readonly sha: string;
  readonly base: string;
  readonly baseSha?: string;
  readonly pullRequest: number;
  readonly conclusion: string;
  readonly report: string;
  readonly json?: boolean;
}

/** Adds `gitops check`. */
export function addCheck(program: Command): void {
  program
    .command("check")
    .argument("<name>", "the check: validate")
    .description("Sets a check on a pull request's commit, for a workflow whose other job found out what it says.")
    .requiredOption("--sha <sha>", "the commit")
    .requiredOption("--pull-request <number>", "the pull request that was judged", parseNumber)
    .requiredOption("--base <branch>", "the branch that it goes into, which the check is named after")
    .option("--base-sha <sha>", "the commit of that branch that it was judged on")
    .requiredOption("--conclusion <conclusion>", "success; anything else is a failure")
    .requiredOption("--report <markdown>", "what was found; its first line becomes the title")
    .option("--json", "print what was set as JSON")
    .action(async (given: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { sha, base, baseSha = "", pullRequest } = options;
      const name = checkName(checkOf(given), branchOf(base));
      const result = {
        ...checkResult(options.conclusion, options.report),
        ...(baseSha !== "" && { externalId: validatedId({ number: pullRequest, base: baseSha, head: sha }) }),
      };
      // Without a clone: the token of the job that sets checks may not read the repository.
      const session = apiSession(await findTarget({ repository: options.repo }));
      await setCheck(session, name, sha, result);
      const { conclusion, title } = result;
      if (options.json === true) process.stdout.write(`${JSON.stringify({ name, sha, conclusion, title })}\n`);
    });
}

/** four-eyes succeeds by `gitops release` alone. */
function checkOf(name: string): Check {
  if (name === "validate") return name;
  throw new Failure(`check: got ${JSON.stringify(name)}; expected validate, which another job finds out.`);
}

function branchOf(base: string): string {
  if (base === "main" || environmentOfBranch(base) !== undefined) return base;
  throw new Failure(`base: got ${JSON.stringify(base)}; expected main, or the branch of an environment: env/<name>.`);
}
