import type { Command } from "commander";
import { Waiting } from "../polling";
import { withSession } from "../session";
import { land } from "../versions/land";
import { describeOutcome } from "../versions/outcome";
import { type ChangeOptions, timeoutOf, withChangeOptions } from "./change";

/** Adds `gitops land`, which the workflow Land runs. */
export function addLand(program: Command): void {
  const command = program
    .command("land")
    .description("merge the bumps in the queue, by as few pull requests as possible");
  withChangeOptions(command, "25").action(async () => {
    const options = command.optsWithGlobals<ChangeOptions>();
    const timeout = timeoutOf(options);
    const outcomes = await withSession(options, (session) => land(session, new Waiting(session.log, { timeout })));
    const text = options.json === true ? JSON.stringify(outcomes) : outcomes.map(describeOutcome).join("\n");
    process.stdout.write(text === "" ? "Nothing waits.\n" : `${text}\n`);
    if (outcomes.some(({ state }) => state === "refused")) process.exitCode = 1;
  });
}
