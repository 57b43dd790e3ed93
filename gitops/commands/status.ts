import { type Command, Option } from "commander";
import { environments } from "../../environments/catalogue";
import { wantsColor, widthOf } from "../display";
import { type CommonOptions, type Session, withSession } from "../session";
import { printStatus } from "../status/print";
import { type Looks, readStatus, type Sources } from "../status/status";

interface Options extends CommonOptions {
  env?: string;
  json?: boolean;
}

const names = environments.map(({ name }) => name);

/** `gitops status`: services × environments, by Git, by what clusters told GitHub, and by the open pull requests. */
export function addStatus(program: Command): void {
  statusCommand(program).action((_: unknown, command: Command) => showStatus(command.optsWithGlobals<Options>()));
}

/** The command without what it does: a checkout of the project gives it options of its own. */
export function statusCommand(program: Command): Command {
  return program
    .command("status")
    .description("what each environment is to run, runs, and waits for")
    .addOption(new Option("--env <name>", "only this environment").choices(names))
    .option("--json", "as JSON, for programs");
}

/** Clusters to ask. */
export interface Clusters {
  readonly sources: Sources;
  readonly looks: Looks;
}

/** Asks and prints. */
export async function showStatus(options: Options, clusters?: (session: Session) => Clusters): Promise<void> {
  await withSession(options, async (session) => {
    const wanted = options.env === undefined ? names : [options.env];
    const asked = clusters?.(session);
    const found = await readStatus(session, wanted, asked?.sources, asked?.looks);
    const { stdout, env } = process;
    const look = { width: widthOf(stdout, env), color: wantsColor(stdout, env) };
    stdout.write(`${options.json ? JSON.stringify(found, undefined, 2) : printStatus(found, look)}\n`);
    // Whatever asks regularly hears of it by the exit code.
    const isWrong = found.services.some(({ environments }) =>
      environments.some(({ alarms, findings }) => alarms.length > 0 || findings.length > 0),
    );
    if (isWrong || found.environments.some(({ findings }) => findings.length > 0)) {
      process.exitCode = 1;
    }
  });
}
