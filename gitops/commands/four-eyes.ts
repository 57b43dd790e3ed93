import type { Command } from "commander";
import { Failure } from "../failure";
import { judge, report, stillWaits } from "../four-eyes/judge";
import { openReleases, releaseByNumber, type ReleasePull } from "../github/release-pulls";
import { type CommonOptions, type Session, withSession } from "../session";
import { parseNumber } from "./parse-number";

interface Options extends CommonOptions {
  readonly pullRequest?: number;
  readonly json?: boolean;
}

/** Adds `gitops four-eyes`. */
export function addFourEyes(program: Command): void {
  program
    .command("four-eyes")
    .description("Sets the check four-eyes on releases: nobody approves what they had a part in.")
    .option(
      "--pull-request <number>",
      "one pull request (default: all that are open and were reviewed or changed)",
      parseNumber,
    )
    .option("--json", "what was found as JSON")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const found = await withSession(options, (session) => judgeAll(session, options.pullRequest));
      const lines = found.map(({ number, title }) => `#${number}: ${title}`);
      process.stdout.write(`${options.json ? JSON.stringify(found, null, 2) : lines.join("\n")}\n`);
    });
}

async function judgeAll(session: Session, number: number | undefined) {
  const pulls = number === undefined ? await openReleases(session) : [await theOne(session, number)];
  const found = [];
  for (const pull of pulls) {
    if (number === undefined && (await stillWaits(session, pull))) continue;
    const result = await judge(session, pull);
    await report(session, pull, result);
    found.push({ number: pull.number, url: pull.url, ...result });
  }
  return found;
}

async function theOne(session: Session, number: number): Promise<ReleasePull> {
  const pull = await releaseByNumber(session, number);
  if (pull?.state === "open") return pull;
  throw new Failure(`pull-request: got ${number}; expected an open one into an environment's branch.`);
}
