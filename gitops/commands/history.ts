import type { Command } from "commander";
import { environments } from "../../environments/catalogue";
import { wantsColor, widthOf } from "../display";
import { Failure } from "../errors";
import { parseSince, readHistory, sinceProblem, type Wanted } from "../history/history";
import { printHistory } from "../history/print";
import { type CommonOptions, type Session, withSession } from "../session";
import { nameProblems } from "../values/files";

/** Options of `gitops history`. */
export interface HistoryOptions extends CommonOptions {
  readonly env?: string;
  readonly since?: string;
  readonly json?: boolean;
}

const names = environments.map(({ name }) => name);

/** `gitops history`: what was deployed when, by whom, and who approved it, from Git alone. */
export function addHistory(program: Command): void {
  historyCommand(program).action((service: string | undefined, _: unknown, command: Command) =>
    showHistory(service, command.optsWithGlobals<HistoryOptions>()),
  );
}

/** The command without what it does: a checkout of the project gives it an option of its own. */
export function historyCommand(program: Command): Command {
  return program
    .command("history")
    .description("what was deployed where and when, by whom, and who approved it; from Git alone")
    .argument("[service]", "only this service, and the charts")
    .option("--env <name>", `only this environment: ${names.join(", ")}`)
    .option("--since <time>", "only from then on: 30d, 12h, 2026-01-31")
    .option("--json", "as JSON, for programs");
}

/**
 * Reads and prints.
 * @param more What else to do with the same part of the history.
 */
export async function showHistory(
  service: string | undefined,
  options: HistoryOptions,
  more?: (session: Session, wanted: Wanted) => Promise<void>,
): Promise<void> {
  const { env } = options;
  const problems = [
    ...nameProblems({ service, ...(env !== undefined && { env }) }),
    options.since === undefined ? undefined : sinceProblem(options.since),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Failure(...problems);
  const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
  const wanted = { service, environments: env === undefined ? names : [env], since };
  await withSession(options, async (session) => {
    const found = await readHistory(session.clone, wanted);
    for (const warning of found.warnings) session.say(warning);
    await more?.(session, wanted);
    const { stdout, env } = process;
    const look = { width: widthOf(stdout, env), color: wantsColor(stdout, env) };
    stdout.write(`${options.json ? JSON.stringify(found, undefined, 2) : printHistory(found, look)}\n`);
  });
}
