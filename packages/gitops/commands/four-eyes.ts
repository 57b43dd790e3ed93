import type { Command } from "commander";
import { Failure } from "@gitops-platform/contract/failure";
import { judge, reportVerdict, stillWaits } from "../four-eyes/judge";
import { refused, titleOf } from "../four-eyes/verdict";
import { closedReleases, openReleases, releaseByNumber, type ReleasePull } from "../github/release-pulls";
import { type CommonOptions, type Session, withSession } from "../session";
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
      const found = await withSession(options, (session) => judgeAll(session, options.pullRequest));
      const lines = found.map(({ number, ...verdict }) => `#${number}: ${titleOf(verdict)}`);
      process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : lines.join("\n")}\n`);
    });
}

async function judgeAll(session: Session, number: number | undefined) {
  const pulls = number === undefined ? await openReleases(session) : [await theOne(session, number)];
  const found = [];
  for (const pull of pulls) {
    if (number === undefined && (await stillWaits(session, pull))) continue;
    const result = await judge(session, pull);
    await reportVerdict(session, pull, result);
    found.push({ number: pull.number, url: pull.url, ...result });
  }
  if (number === undefined) await reportClosed(session, pulls);
  return found;
}

/**
 * Marks closed releases as refused, because they can be reopened. If an open release has the same head, its verdict
 * applies.
 */
async function reportClosed(session: Session, open: readonly ReleasePull[]): Promise<void> {
  const isOpen = (one: ReleasePull) =>
    open.some(({ head, environment }) => head === one.head && environment === one.environment);
  for (const pull of await closedReleases(session)) {
    if (!isOpen(pull)) await reportVerdict(session, pull, refused({ reason: "closed" }));
  }
}

async function theOne(session: Session, number: number): Promise<ReleasePull> {
  const pull = await releaseByNumber(session, number);
  if (pull?.state === "open") return pull;
  throw new Failure(`pull-request: got ${number}; expected an open one into an environment's branch.`);
}
