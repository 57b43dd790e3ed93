import type { Command } from "commander";
import { describeOutcome, type Outcome } from "../versions/outcome";
import { Failure } from "../../contract/failure";
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

/** Adds the options that bump, promote and rollback share. */
export function withChangeOptions(command: Command): Command {
  return command
    .option("--timeout <minutes>", "how long to wait for the pull request to be merged", "10")
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
  const minutes = Number(options.timeout);
  const found = [...problems, minutesProblem(options.timeout)].filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Failure(...found);
  const result = await withSession(options, (session) =>
    work(session, new Waiting(session.log, { timeout: minutes * 60_000 })),
  );
  const outcomes = [result].flat();
  if (outcomes.some(({ state }) => state === "waits"))
    process.stderr.write("Its checks succeeded; it will be merged once reviewed.\n");
  process.stdout.write(
    `${options.json === true ? JSON.stringify(result) : outcomes.map(describeOutcome).join("\n")}\n`,
  );
}

function minutesProblem(text: string): string | undefined {
  if (Number(text) > 0 && Number.isFinite(Number(text))) return undefined;
  return `timeout: got ${JSON.stringify(text)}; expected minutes. Write a number, such as 10.`;
}
