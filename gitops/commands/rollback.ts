import type { Command } from "commander";
import { rollback } from "../versions/rollback";
import { nameProblems } from "../values/files";
import { tagProblem } from "../values/tag";
import { byPeople, type ChangeOptions, runChange, withChangeOptions } from "./change";

interface RollbackOptions extends ChangeOptions {
  readonly env: string;
  readonly reason: string;
  readonly to?: string;
}

const WORKFLOW = { file: "rollback.yaml", name: "Roll back" };

/** `gitops rollback`: the version before the present one. */
export function addRollback(program: Command): void {
  const command = program
    .command("rollback")
    .description("Put a service's earlier image back.")
    .argument("<service>", "the service, as its values file is called")
    .requiredOption("--env <name>", "the environment")
    .requiredOption("--reason <text>", "why; it is recorded")
    .option("--to <tag>", "the tag to go back to (default: the one before the present one)");
  withChangeOptions(command).action(async (service: string) => {
    const { env, reason, to, ...options } = command.optsWithGlobals<RollbackOptions>();
    const problems = [
      ...nameProblems({ service, env }),
      reason.trim() === "" ? 'reason: got nothing; expected why it goes back. Say it: --reason "<why>".' : undefined,
      to === undefined ? undefined : tagProblem(to)?.replace(/^tag/, "to"),
    ];
    const order = { service, environment: env, reason, to };
    await runChange(
      options,
      problems,
      byPeople(WORKFLOW, (session, waiting) => rollback(session, order, waiting)),
    );
  });
}
