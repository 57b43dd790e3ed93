import type { Command } from "commander";
import { environmentNameIn } from "@gitops-platform/contract/branches";
import { type Check, checkName } from "@gitops-platform/contract/checks";
import { Failure } from "@gitops-platform/contract/failure";
import { setCheck } from "../github/checks";
import { validatedId } from "../release/merge";
import { type CommonOptions, findApiSession } from "../session";
import { checkResult } from "../validate/report";
import { parseNumber } from "./options";

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
    .description("set a check on a pull request's commit to the result of another job of the workflow")
    .requiredOption("--sha <sha>", "the commit")
    .requiredOption("--pull-request <number>", "the pull request that was judged", parseNumber)
    .requiredOption("--base <branch>", "its base branch, which determines the check's name")
    .option("--base-sha <sha>", "the commit of that branch with which it was judged")
    .requiredOption("--conclusion <conclusion>", "success; anything else is a failure")
    .requiredOption("--report <markdown>", "the result; its first line becomes the title")
    .option("--json", "print the check as JSON")
    .action(async (given: string, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { sha, base, baseSha = "", pullRequest } = options;
      const name = checkName(checkOf(given), branchOf(base));
      const result = {
        ...checkResult(options.conclusion, options.report),
        ...(baseSha !== "" && { externalId: validatedId({ number: pullRequest, base: baseSha, head: sha }) }),
      };
      // The token of this job may not read the repository, so it cannot clone it.
      const session = await findApiSession(options);
      await setCheck(session, name, sha, result);
      const { conclusion, title } = result;
      if (options.json === true) process.stdout.write(`${JSON.stringify({ name, sha, conclusion, title })}\n`);
    });
}

/** Only `gitops release` may set four-eyes to success. */
function checkOf(name: string): Check {
  if (name === "validate") return name;
  throw new Failure(`check: got ${JSON.stringify(name)}; expected validate. four-eyes is set by gitops four-eyes.`);
}

function branchOf(base: string): string {
  if (base === "main" || environmentNameIn(base) !== undefined) return base;
  throw new Failure(`base: got ${JSON.stringify(base)}; expected main, or an environment's branch: env/<name>.`);
}
