import type { Command } from "commander";
import { CHARTS } from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import { breakGlass } from "../four-eyes/break-glass";
import { REASON_LIMIT } from "../four-eyes/judge";
import { readInvocation } from "../identity";
import { nameProblemsOf, requirePeople } from "../requests/requesters";
import { type CommonOptions, withSession } from "../session";
import { nameProblems } from "../values/files";

interface Options extends CommonOptions {
  readonly env: string;
  readonly reason: string;
  readonly json?: boolean;
}

const WORKFLOW = { file: "break-glass.yaml", name: "Break glass" };

/** `gitops break-glass`: the only way to release without a second person. Only its workflow can run it. */
export function addBreakGlass(program: Command): void {
  program
    .command("break-glass <service>")
    .description("release a service, or `charts`, without a second person's approval, in an emergency")
    .requiredOption("--env <environment>", "the environment of the release")
    .requiredOption("--reason <text>", "why it cannot wait for another person; everybody is alerted")
    .option("--json", "print the result as JSON")
    .action(async (service: string, _options: unknown, command: Command) => {
      const { env, reason: said, json, ...options } = command.optsWithGlobals<Options>();
      const { requesters } = readInvocation(process.env);
      const by = requesters.GITOPS_REQUESTED_BY;
      const reason = said.replace(/\s+/g, " ").trim();
      const problems = [
        ...nameProblems({ ...(service !== CHARTS && { service }), env }),
        ...reasonProblems(reason),
        ...nameProblemsOf(requesters, WORKFLOW),
      ];
      if (problems.length > 0) throw new Failure(...problems);
      const order = { service, environment: env, reason, by };
      const outcome = await withSession(options, async (session) => {
        await requirePeople(session, WORKFLOW);
        return breakGlass(session, order);
      });
      process.stdout.write(`${json === true ? JSON.stringify(outcome) : outcome.summary}\n`);
    });
}

function reasonProblems(reason: string): string[] {
  if (reason === "")
    return ['reason: got nothing; expected why it cannot wait for another person. Add --reason "<why>".'];
  if (reason.length <= REASON_LIMIT) return [];
  return [
    `reason: got ${reason.length} characters; expected at most ${REASON_LIMIT}. Write the rest in the pull request.`,
  ];
}
