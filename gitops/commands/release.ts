import type { Command } from "commander";
import { CHARTS } from "../../contract/paths";
import { Failure } from "../errors";
import type { Outcome } from "../release/outcome";
import { checkMain } from "../release/main-branch";
import { release } from "../release/release";
import { isWorkflow } from "../identity";
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
    .description("Asks for approval of what waits, merges what is approved and records who approved.")
    .option("--env <environment>", "one environment (default: all that wait for approvals)")
    .option("--service <service>", "one service, or charts (default: everything)")
    .option("--json", "what became of each release as JSON")
    .action(async (_: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { env, service } = options;
      checkNames({ ...(service !== CHARTS && { service }), ...(env !== undefined && { env }) });
      const key = process.env.GITOPS_SIGNING_KEY;
      const signingKey = key === "" ? undefined : key;
      // Every bump and every review starts a run: those take what is there as it is, and the hourly one looks at all of
      // it.
      const thorough = !["push", "workflow_run"].includes(process.env.GITHUB_EVENT_NAME ?? "");
      const wanted = { environment: env, unit: service, thorough, signingKey };
      const outcomes = await withSession(options, async (session) => {
        const released = await release(session, wanted);
        // Last: what is approved does not wait for it. Only an App may remember what it found.
        const broken = isWorkflow() ? await checkMain(session) : undefined;
        return broken ? [...released, broken] : released;
      });
      const text = options.json ? JSON.stringify(outcomes, null, 2) : outcomes.map(line).join("\n");
      process.stdout.write(text === "" ? "Nothing waits.\n" : `${text}\n`);
      const blocked = outcomes.filter(({ state }) => state === "blocked");
      if (blocked.length > 0) throw new Failure(...blocked.map(({ reason }) => reason ?? ""));
    });
}

function line({ environment, unit, state, url, reason }: Outcome): string {
  const more = state === "blocked" ? "" : (reason ?? "");
  return [`${unit} in ${environment}: ${state}`, url, more]
    .filter((part) => part !== undefined && part !== "")
    .join("  ");
}
