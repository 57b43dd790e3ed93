import type { Command } from "commander";
import { printOptions } from "../display";
import { missingBranches } from "../graph";
import { type CommonOptions, type Session, withSession } from "../session";
import { printStatus } from "../status/print";
import { type DriftReaders, readStatus, type Sources } from "../status/status";
import { checkNames } from "../values/files";
import { needsCheckout, withClusters } from "./options";

interface Options extends CommonOptions {
  env?: string;
  json?: boolean;
  cluster: string[];
}

/** Clusters to ask. */
interface Clusters {
  readonly sources: Sources;
  readonly driftReaders: DriftReaders;
}

/**
 * Connects to the clusters of `--cluster`.
 * @throws {Failure} naming what is wrong with the options.
 */
export type AskClusters = (options: readonly string[]) => Promise<(session: Session) => Clusters>;

/**
 * `gitops status`: services and environments, from Git, the clusters' reports and the open pull requests.
 * @param askClusters undefined: no cluster can be asked (the bundle).
 */
export function addStatus(program: Command, askClusters?: AskClusters): void {
  const command = program
    .command("status")
    .description("show what each environment should run, runs, and waits for")
    .option("--env <name>", "only this environment")
    .option("--json", "as JSON, for programs");
  withClusters(command).action(async () => {
    const options = command.optsWithGlobals<Options>();
    checkNames({ ...(options.env !== undefined && { env: options.env }) });
    const [first] = options.cluster;
    if (first !== undefined && !askClusters) throw needsCheckout("status", "--cluster", first);
    await showStatus(options, await askClusters?.(options.cluster));
  });
}

async function showStatus(options: Options, clusters?: (session: Session) => Clusters): Promise<void> {
  await withSession(options, async (session) => {
    const wanted = options.env === undefined ? session.graph.names : [options.env];
    for (const warning of await missingBranches(session.clone, session.graph)) session.log(warning);
    const asked = clusters?.(session);
    const found = await readStatus(session, wanted, asked?.sources, asked?.driftReaders);
    const { stdout, env } = process;
    stdout.write(
      `${options.json ? JSON.stringify(found, undefined, 2) : printStatus(found, printOptions(stdout, env))}\n`,
    );
    // Scripts that run this regularly see problems by the exit code.
    const isWrong = found.services.some(({ environments }) =>
      environments.some(({ alarms, findings }) => alarms.length > 0 || findings.length > 0),
    );
    if (isWrong || found.environments.some(({ findings }) => findings.length > 0)) {
      process.exitCode = 1;
    }
  });
}
