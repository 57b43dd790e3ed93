import type { Command } from "commander";
import { CHARTS } from "../../contract/paths";
import { Failure } from "../errors";
import { breakGlass } from "../four-eyes/break-glass";
import { REASON_LIMIT } from "../four-eyes/judge";
import { askedBy } from "../identity";
import { nameProblemsOf, requirePeople } from "../requests/requesters";
import { type CommonOptions, withSession } from "../session";
import { nameProblems } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
  readonly reason: string;
  readonly json?: boolean;
}

const WORKFLOW = { file: "break-glass.yaml", name: "Break glass" };

/** `gitops break-glass`: the one way past the second person. Only the workflow of that name can go it. */
export function addBreakGlass(program: Command): void {
  program
    .command("break-glass <service>")
    .description("let a release in past the second person, who is not there; `charts` names the charts")
    .requiredOption("--env <environment>", "the environment that it waits for")
    .requiredOption("--reason <text>", "why nobody else can be waited for; everybody is told")
    .option("--json", "print the result as JSON")
    .action(async (service: string, _options: unknown, command: Command) => {
      const { env, reason: said, json, ...options } = command.optsWithGlobals<Options>();
      const asked = askedBy();
      const by = asked.GITOPS_REQUESTED_BY;
      const reason = said.replace(/\s+/g, " ").trim();
      const problems = [
        ...nameProblems({ ...(service !== CHARTS && { service }), env }),
        ...reasonProblems(reason),
        ...nameProblemsOf(asked, WORKFLOW),
      ];
      if (problems.length > 0) throw new Failure(...problems);
      const order = { service, environment: env, reason, by };
      const outcome = await withSession(options, async (session) => {
        await requirePeople(session, asked, WORKFLOW);
        return breakGlass(session, order);
      });
      process.stdout.write(`${json === true ? JSON.stringify(outcome) : outcome.summary}\n`);
    });
}

function reasonProblems(reason: string): string[] {
  if (reason === "")
    return ['reason: got nothing; expected why nobody else can be waited for. Say it: --reason "<why>".'];
  if (reason.length <= REASON_LIMIT) return [];
  return [
    `reason: got ${reason.length} characters; expected at most ${REASON_LIMIT}. Say the rest in the pull request.`,
  ];
}
