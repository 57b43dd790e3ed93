import type { Command } from "commander";
import { Failure } from "@gitops-platform/contract/failure";
import { Clone, completeFiles } from "../git/clone";
import { MAIN, remoteBranch } from "../git/refs";
import { localGraph } from "../graph";
import { type CommonOptions, withSession } from "../session";
import { candidate } from "../validate/candidate";
import { validatePullRequest, type Validation } from "../validate/pull-request";
import { report } from "../validate/report";
import { failureAsProblem, validate } from "../validate/validate";
import { parseNumber } from "./options";
import { appendFile } from "node:fs/promises";

interface Options extends CommonOptions {
  readonly pullRequest?: number;
  readonly sha?: string;
  readonly base?: string;
  readonly json?: boolean;
}

/** Adds `gitops validate`. */
export function addValidate(program: Command): void {
  program
    .command("validate")
    .description("check what a change would make of its branch: the clone's HEAD, or a pull request")
    .option("--pull-request <number>", "a pull request, against its own base", parseNumber)
    .option("--sha <sha>", "the commit of the pull request (default: its newest)")
    .option(
      "--base <branch>",
      "the branch that HEAD is checked against (default: main), or that the pull request must go into",
    )
    .option("--json", "print the problems as JSON; in a workflow, the report is passed to the next job instead")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      if (inWorkflow()) return handOn(await findAll(options));
      const { problems } = await find(options);
      const found = { valid: problems.length === 0, problems };
      process.stdout.write(options.json === true ? `${JSON.stringify(found, undefined, 2)}\n` : report(problems));
      if (problems.length > 0) process.exitCode = 1;
    });
}

/**
 * Passes the report to the next job. A pull request's content must not get into this job's log, which the runner
 * searches for commands.
 */
async function handOn({ problems, base }: Found): Promise<void> {
  const conclusion = problems.length === 0 ? "success" : "failure";
  await setOutputs({ conclusion, report: report(problems), base: base ?? "" });
}

/** The problems. The base is missing if the check failed before it was known. */
type Found = Pick<Validation, "problems"> & Partial<Validation>;

/** Finds the problems. If the check itself fails, that is one. */
async function findAll(options: Options): Promise<Found> {
  let found: Found = { problems: [] };
  const failed = await failureAsProblem(async () => {
    found = await find(options);
    return [];
  });
  return failed.length > 0 ? { problems: failed } : found;
}

function find({ pullRequest, sha, base, ...common }: Options): Promise<Found> {
  if (pullRequest === undefined) return findHere(base ?? "main");
  return withSession(common, (session) => validatePullRequest(session, { number: pullRequest, sha, base }));
}

async function findHere(branch: string): Promise<Found> {
  const clone = Clone.at(await Clone.at(".").git("rev-parse", "--absolute-git-dir"));
  const [base, head] = [await clone.resolve(remoteBranch(branch)), await clone.resolve("HEAD")];
  // The rules and the approvers of every branch are on main.
  const main = await clone.resolve(MAIN);
  if (base === undefined || head === undefined || main === undefined) {
    const missing = main === undefined ? "main" : branch;
    throw new Failure(`base: got ${JSON.stringify(missing)}; expected a branch that is fetched. Run git fetch first.`);
  }
  const mergeBase = await clone.git("merge-base", base, head).catch(() => undefined);
  await completeFiles(clone.folder, [base, head, main, ...(mergeBase === undefined ? [] : [mergeBase])]);
  return { problems: await validate(await candidate(clone, branch, base, head, localGraph())), base };
}

/** Whether a step of a GitHub workflow runs this. */
export function inWorkflow(env = process.env): boolean {
  return env.GITHUB_OUTPUT !== undefined && env.GITHUB_OUTPUT !== "";
}

/** Sets outputs of the workflow's step. A random delimiter keeps a value from setting another output. */
export async function setOutputs(values: Readonly<Record<string, string>>, env = process.env): Promise<void> {
  const entries = Object.entries(values).map(([name, value]) => {
    const end = `end-${crypto.randomUUID()}`;
    return `${name}<<${end}\n${value.trimEnd()}\n${end}\n`;
  });
  await appendFile(env.GITHUB_OUTPUT ?? "", entries.join(""));
}
