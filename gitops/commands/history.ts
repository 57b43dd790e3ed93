import { type Command, Option } from "commander";
import { environments } from "../../environments/catalogue";
import { wantsColor, widthOf } from "../display/text";
import { readHistory } from "../history/history";
import { printHistory } from "../history/print";
import { parseSince } from "../history/since";
import { type CommonOptions, withSession } from "../session";
import { checkNames } from "../values/files";

interface Options extends CommonOptions {
  env?: string;
  since?: string;
  json?: boolean;
}

/** `gitops history`: what was deployed when, by whom, and who approved it, from Git alone. */
export function addHistory(program: Command): void {
  const names = environments.map(({ name }) => name);
  program
    .command("history")
    .description("what was deployed where and when, by whom, and who approved it; from Git alone")
    .argument("[service]", "only this service, and the charts")
    .addOption(new Option("--env <name>", "only this environment").choices(names))
    .option("--since <time>", "only from then on: 30d, 12h, 2026-01-31")
    .option("--json", "as JSON, for programs")
    .action(async (service: string | undefined, _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const since = options.since === undefined ? undefined : parseSince(options.since, new Date());
      if (service !== undefined) checkNames({ service });
      const wanted = { service, environments: options.env === undefined ? names : [options.env], since };
      await withSession(options, async (session) => {
        const found = await readHistory(session.clone, wanted);
        for (const warning of found.warnings) session.say(warning);
        const { stdout, env } = process;
        const look = { width: widthOf(stdout, env), color: wantsColor(stdout, env) };
        stdout.write(`${options.json ? JSON.stringify(found, undefined, 2) : printHistory(found, look)}\n`);
      });
    });
}
