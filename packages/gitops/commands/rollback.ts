import type { Command } from "commander";
import { rollback } from "../versions/rollback";
import { nameProblems } from "../values/files";
import { digestProblem, tagProblem } from "@gitops-platform/contract/values/image";
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
    .description("return a service to an earlier image")
    .argument("<service>", "the service, as its values file is called")
    .requiredOption("--env <name>", "the environment")
    .requiredOption("--reason <text>", "why; it is recorded")
    .option("--to <tag>", "the tag to go back to, or tag@digest (default: the one before the present one)");
  withChangeOptions(command).action(async (service: string) => {
    const { env, reason, to, ...options } = command.optsWithGlobals<RollbackOptions>();
    const problems = [
      ...nameProblems({ service, env }),
      reason.trim() === "" ? 'reason: got nothing; expected why it goes back. Say it: --reason "<why>".' : undefined,
      to === undefined ? undefined : toProblem(to),
    ];
    const order = { service, environment: env, reason, to };
    await runChange(
      options,
      problems,
      byPeople(WORKFLOW, (session, waiting) => rollback(session, order, waiting)),
    );
  });
}

function toProblem(to: string): string | undefined {
  const [tag = "", ...digest] = to.split("@");
  const problem = tagProblem(tag) ?? (digest.length > 0 ? digestProblem(digest.join("@")) : undefined);
  return problem?.replace(/^(tag|digest)/, "to");
}
