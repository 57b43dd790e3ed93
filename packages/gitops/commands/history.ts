import type { Command } from "commander";
import { printOptions } from "../display";
import { Failure } from "@gitops-platform/contract/failure";
import { localGraph } from "../graph";
import { parseSince, readHistory, sinceProblem, type Wanted } from "../history/history";
import { printHistory } from "../history/print";
import { type CommonOptions, type Session, withSession } from "../session";
import { nameProblems } from "../values/files";
import { needsCheckout } from "./options";

interface Options extends CommonOptions {
  readonly env?: string;
  readonly since?: string;
  readonly plots?: string;
  readonly json?: boolean;
}

/** Writes DORA's figures of a part of the history as plots to a file. */
export type WritePlots = (file: string, session: Session, wanted: Wanted) => Promise<void>;

/**
 * `gitops history`: what was deployed when, by whom, and who approved it, from Git alone.
 * @param writePlots undefined: plots cannot be drawn (the bundle).
 */
export function addHistory(program: Command, writePlots?: WritePlots): void {
  const command = program
    .command("history")
    .description("show what was deployed where and when, by whom, and who approved it; reads Git alone")
    .argument("[service]", "only this service, and the charts")
    .option("--env <name>", "only this environment")
    .option("--since <time>", "only from then on: 30d, 12h, 2026-01-31")
    .option(
      "--plots <file>",
      "also write deployment frequency, lead time, failure rate and time to restore as plots, an HTML page " +
        "(only in a checkout of gitops-platform)",
    )
    .option("--json", "as JSON, for programs")
    .action(async (service: string | undefined) => {
      const options = command.optsWithGlobals<Options>();
      if (options.plots !== undefined && !writePlots) throw needsCheckout("history", "--plots", options.plots);
      await showHistory(service, options, writePlots);
    });
}

async function showHistory(service: string | undefined, options: Options, writePlots?: WritePlots): Promise<void> {
  const { env } = options;
  const problems = [
    ...nameProblems({ service, ...(env !== undefined && { env }) }),
    options.since === undefined ? undefined : sinceProblem(options.since),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Failure(...problems);
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const wanted = { service, environments: env === undefined ? localGraph().names : [env], since };
  await withSession(options, async (session) => {
    const found = await readHistory(session.clone, wanted);
    for (const warning of found.warnings) session.log(warning);
    if (options.plots !== undefined) await writePlots?.(options.plots, session, wanted);
    const { stdout, env } = process;
    stdout.write(
      `${options.json ? JSON.stringify(found, undefined, 2) : printHistory(found, printOptions(stdout, env))}\n`,
    );
  });
}
