import type { Command } from "commander";
import { describeOutcome, type Outcome } from "../versions/outcome";
import { Failure } from "@gitops-platform/contract/failure";
import { type PersonalWorkflow, requirePeople } from "../requests/requesters";
import { type CommonOptions, type Session, withSession } from "../session";
import { Waiting } from "../polling";

/** Options of the commands that change a version. */
export interface ChangeOptions extends CommonOptions {
  /** Minutes to wait for the pull request, as typed. Default: 10. */
  readonly timeout: string;
  /** Whether the result is printed as JSON. */
  readonly json?: boolean;
}

/**
 * Adds the options that the commands share.
 * @param minutes The default of the timeout.
 */
export function withChangeOptions(command: Command, minutes = "10"): Command {
  return command
    .option("--timeout <minutes>", "how long to wait for the pull request to be merged", minutes)
    .option("--json", "print the result as JSON");
}

/** The work of a command, once its arguments are valid. */
export type Change = (session: Session, waiting: Waiting) => Promise<Outcome | readonly Outcome[]>;

/** Requires that a person started the workflow. Outside workflows, the token identifies the person. */
export function byPeople(workflow: PersonalWorkflow, work: Change): Change {
  return async (session, waiting) => {
    if (session.bot !== undefined) await requirePeople(session, workflow);
    return work(session, waiting);
  };
}

/**
 * Runs a change and prints its outcome, or a list of several, on stdout, as text or JSON.
 * @param problems Problems of the arguments. With any, nothing is fetched.
 */
export async function runChange(
  options: ChangeOptions,
  problems: readonly (string | undefined)[],
  work: Change,
): Promise<void> {
  const timeout = timeoutOf(options, problems);
  const result = await withSession(options, (session) => work(session, new Waiting(session.log, { timeout })));
  const outcomes = [result].flat();
  if (outcomes.some(({ state }) => state === "waits")) {
    process.stderr.write("Its checks succeeded; it will be merged once reviewed.\n");
  }
  const text = options.json === true ? JSON.stringify(result) : outcomes.map(describeOutcome).join("\n");
  if (text !== "") process.stdout.write(`${text}\n`);
  if (outcomes.some(({ state }) => state === "overtaken" || state === "refused")) process.exitCode = 1;
}

/**
 * The option `--timeout` in milliseconds.
 * @param problems Problems of the other arguments.
 * @throws {Failure} with every problem.
 */
export function timeoutOf({ timeout }: Pick<ChangeOptions, "timeout">, problems: readonly (string | undefined)[] = []) {
  const isGood = Number(timeout) > 0 && Number.isFinite(Number(timeout));
  const own = `timeout: got ${JSON.stringify(timeout)}; expected minutes. Write a number, such as 10.`;
  const found = [...problems, isGood ? undefined : own].filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Failure(...found);
  return Number(timeout) * 60_000;
}
