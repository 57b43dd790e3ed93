import type { Command, EngineEvent } from "../events";
import type { StackOptions } from "../stack";
import { PolicyEvaluator } from "./evaluator";
import { Pack } from "./pack";

/** The program that the pack is evaluated on. */
interface Program {
  project: string;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
}

/** Runs the work with the stack's policy pack, if it has one. Stops the pack afterwards, also if the work throws. */
export async function withEvaluator<Result>(
  { policyPack, stack }: StackOptions,
  command: Command,
  program: Program,
  report: (event: EngineEvent) => void,
  work: (evaluator?: PolicyEvaluator) => Promise<Result>,
): Promise<Result> {
  // As under the CLI, deletions are not checked.
  if (policyPack === undefined || command === "destroy") return work();
  const { folder, configFile } = policyPack;
  // The pack starts in parallel with the program. Registrations wait until the pack is ready.
  const end = new AbortController();
  const options = { folder, stack, ...program, dryRun: command === "preview", signal: end.signal };
  const pack = Pack.start(options, configFile);
  // Avoids an unhandled rejection: the evaluator reports a failed start when it is first used.
  const started = pack.catch(() => undefined);
  try {
    return await work(new PolicyEvaluator(pack, report, command === "up"));
  } finally {
    // Aborts a start that is still in progress.
    end.abort();
    (await started)?.stop();
  }
}
