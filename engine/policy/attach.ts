import type { Command, EngineEvent } from "../events";
import type { StackOptions } from "../stack";
import { Judge } from "./judge";
import { Pack } from "./pack";

/** The program that a pack judges. */
interface Program {
  project: string;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
}

/** Does the work with the stack's policy pack beside it, where it has one, and ends the pack however the work ends. */
export async function withJudge<Result>(
  { policyPack, stack }: StackOptions,
  command: Command,
  program: Program,
  report: (event: EngineEvent) => void,
  work: (judge?: Judge) => Promise<Result>,
): Promise<Result> {
  // As under the CLI: what is deleted is not judged.
  if (policyPack === undefined || command === "destroy") return work();
  const { folder, configFile } = policyPack;
  // Beside the program, which takes as long to start; whatever it registers waits for the pack.
  const end = new AbortController();
  const options = { folder, stack, ...program, dryRun: command === "preview", signal: end.signal };
  const pack = Pack.start(options, configFile);
  // Caught at once: it is the judge who tells of it, once asked.
  const started = pack.catch(() => undefined);
  try {
    return await work(new Judge(pack, report, command === "up"));
  } finally {
    // Where the program ended first, nobody waits for the pack.
    end.abort();
    (await started)?.stop();
  }
}
