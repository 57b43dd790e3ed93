import type { Command } from "commander";
import { orderProblem, promote, promoteToNext } from "../versions/promote";
import { nameProblems } from "../values/files";
import { byPeople, type ChangeOptions, runChange, withChangeOptions } from "./change";

interface PromoteOptions extends ChangeOptions {
  readonly from: string;
  readonly to?: string;
  readonly force?: string;
}

const WORKFLOW = { file: "promote.yaml", name: "Promote" };

/** `gitops promote`: a version from one environment to those that follow it. */
export function addPromote(program: Command): void {
  const command = program
    .command("promote")
    .description("copy a service's image from an environment to those that follow it")
    .argument("<service>", "the service, as its values file is called")
    .requiredOption("--from <name>", "the environment that runs it already")
    .option("--to <name>", "the environment that gets it (default: every one that follows, as a list in JSON)")
    .option("--force <reason>", "promote although health or version speaks against it; the reason is recorded");
  withChangeOptions(command).action(async (service: string) => {
    const { from, to, force, ...options } = command.optsWithGlobals<PromoteOptions>();
    const problems = [
      ...nameProblems({ service, from, ...(to !== undefined && { to }) }),
      to === undefined ? undefined : orderProblem(from, to),
      force?.trim() === "" ? 'force: got nothing; expected why. Say it: --force "<why>".' : undefined,
    ];
    const order = { service, from, force };
    await runChange(
      options,
      problems,
      byPeople(WORKFLOW, (session, waiting) =>
        to === undefined ? promoteToNext(session, order, waiting) : promote(session, { ...order, to }, waiting),
      ),
    );
  });
}
