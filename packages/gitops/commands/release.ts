import type { Command } from "commander";
import { CHARTS } from "@gitops-platform/contract/paths";
import { Failure } from "@gitops-platform/contract/failure";
import type { ReleaseOutcome } from "../release/outcome";
import { missingBranches } from "../graph";
import { checkMain } from "../release/main-branch";
import { release } from "../release/release";
import { type CommonOptions, withSession } from "../session";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  readonly env?: string;
  readonly service?: string;
  readonly json?: boolean;
}

/** Adds `gitops release`. */
export function addRelease(program: Command): void {
  program
    .command("release")
    .description("open releases for approval, merge approved ones and record the approvals")
    .option("--env <environment>", "one environment (default: all that require approvals)")
    .option("--service <service>", "one service, or charts (default: everything)")
    .option("--json", "print the outcome of each release as JSON")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { env, service } = options;
      checkNames({ ...(service !== CHARTS && { service }), ...(env !== undefined && { env }) });
      const key = process.env.GITOPS_SIGNING_KEY;
      const signingKey = key === "" ? undefined : key;
      // Every bump and every review starts a run. The hourly run examines open releases again.
      const thorough = !["push", "workflow_run"].includes(process.env.GITHUB_EVENT_NAME ?? "");
      const wanted = { environment: env, unit: service, thorough, signingKey };
      const outcomes = await withSession(options, async (session) => {
        for (const warning of await missingBranches(session.clone, session.graph)) session.log(warning);
        const released = await release(session, wanted);
        // Last, because approved releases must not wait for it. Only an App can store its result, in a check.
        const broken = session.bot !== undefined ? await checkMain(session) : undefined;
        return broken ? [...released, broken] : released;
      });
      const text = options.json ? JSON.stringify(outcomes, null, 2) : outcomes.map(line).join("\n");
      process.stdout.write(text === "" ? "Nothing waits.\n" : `${text}\n`);
      const blocked = outcomes.filter(({ state }) => state === "blocked");
      if (blocked.length > 0) throw new Failure(...blocked.map(({ reason }) => reason ?? ""));
    });
}

function line({ environment, unit, state, url, reason }: ReleaseOutcome): string {
  const more = state === "blocked" ? "" : (reason ?? "");
  return [`${unit} in ${environment}: ${state}`, url, more]
    .filter((part) => part !== undefined && part !== "")
    .join("  ");
}
