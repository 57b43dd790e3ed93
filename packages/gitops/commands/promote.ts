import type { Command } from "commander";
import { nameProblems } from "../values/files";
import { promoteAutomatically } from "../versions/automatic";
import { promoteTo, promoteToNext, wayProblem } from "../versions/promote";
import { byPeople, type ChangeOptions, runChange, withChangeOptions } from "./change";

interface PromoteOptions extends ChangeOptions {
  readonly from?: string;
  readonly to?: string;
  readonly force?: string;
  readonly automatic?: boolean;
}

const WORKFLOW = { file: "promote.yaml", name: "Promote" };

/** `gitops promote`: a version from one environment to those that follow it, for a person or by the rules. */
export function addPromote(program: Command): void {
  const command = program
    .command("promote")
    .description("copy a service's image from an environment to those that follow it")
    .argument("[service]", "the service, as its values file is called")
    .option("--from <name>", "the environment that runs it already")
    .option("--to <name>", "the environment that gets it (default: every one that follows, as a list in JSON)")
    .option("--force <reason>", "promote a version that is not healthy, or not deployed; the reason is recorded")
    .option("--automatic", "instead of one service: everything that gitops.yaml lets environments get by themselves");
  withChangeOptions(command).action(async (service: string | undefined) => {
    const { from, to, force, automatic, ...options } = command.optsWithGlobals<PromoteOptions>();
    if (automatic === true) {
      const others = Object.entries({ service, from, to, force }).filter(([, value]) => value !== undefined);
      await runChange(options, others.map(notWithAutomatic), promoteAutomatically);
      return;
    }
    const problems = [
      ...missing({ service, from }),
      ...nameProblems({
        ...(service !== undefined && { service }),
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
      }),
      to === undefined || from === undefined ? undefined : wayProblem(from, to),
      force?.trim() === "" ? 'force: got nothing; expected why. Say it: --force "<why>".' : undefined,
    ];
    const order = { service: service ?? "", from: from ?? "", force };
    await runChange(
      options,
      problems,
      byPeople(WORKFLOW, (session, waiting) =>
        to === undefined ? promoteToNext(session, order, waiting) : promoteTo(session, { ...order, to }, waiting),
      ),
    );
  });
}

function notWithAutomatic([key, value]: [key: string, value: string | undefined]): string {
  const rule = "expected nothing beside --automatic, which takes what is due";
  return `${key}: got ${JSON.stringify(value)}; ${rule}. Leave it out, or leave --automatic out.`;
}

function missing({ service, from }: Readonly<Record<"service" | "from", string | undefined>>): string[] {
  return [
    ...(service === undefined ? ["service: got nothing; expected the service's name. Write it after promote."] : []),
    ...(from === undefined ? ["from: got nothing; expected the environment that runs it. Write --from <name>."] : []),
  ];
}
