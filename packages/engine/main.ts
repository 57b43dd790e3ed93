import path from "node:path";
import { Command } from "commander";
import { printer, wantsColor } from "./printer";
import { EngineError, InterruptedError } from "./model/events";
import { destroy, preview, up, type EngineEvent, type Operation, type StackOptions, type StackResult } from "./";

interface Flags {
  stack: string;
  configFile?: string;
  state?: string;
  refresh?: true;
  expectNoChanges?: true;
  json?: true;
}

/** Exit codes of a run that a signal stopped. By shell convention: 128 plus the signal's number. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const;

const COMMANDS = {
  up: { run: up, about: "create, update and delete resources so that the stack matches the program" },
  preview: { run: preview, about: "show what up would do, without changing anything" },
  destroy: { run: destroy, about: "delete all of the stack's resources, in reverse order of dependencies" },
} as const;

type Name = keyof typeof COMMANDS;

function commandLine(): Command {
  const program = new Command("engine").description(
    "Runs this Pulumi program without the Pulumi CLI. For the sandbox and for reviews, not for production.",
  );
  for (const name of Object.keys(COMMANDS) as Name[]) {
    const command = program
      .command(name)
      .description(COMMANDS[name].about)
      .requiredOption("-s, --stack <name>", "the stack, for example dev")
      .option("--config-file <file>", "the stack's configuration file (default: Pulumi.<stack>.yaml)")
      .option("--state <file>", "the stack's state file (default: .sandbox/state/<stack>.json)")
      .option("--json", "print the result as JSON on stdout, and everything else on stderr")
      .action((flags: Flags) => run(name, flags));
    if (name === "destroy") continue;
    if (name === "preview") command.option("--expect-no-changes", "fail where there is something to do");
    command.option("--refresh", "compare with the objects themselves, and not only with the recorded state");
  }
  return program;
}

async function run(name: Name, flags: Flags): Promise<void> {
  const toStatus = (text: string) => void process.stderr.write(text);
  const toData = flags.json === true ? toStatus : (text: string) => void process.stdout.write(text);
  const stream = flags.json === true ? process.stderr : process.stdout;
  const stop = stopOnSignals(toStatus);
  const print = printer(name, { data: toData, status: toStatus, color: wantsColor(stream, process.env) });
  const steps: Step[] = [];
  const options: StackOptions = {
    projectDir: process.cwd(),
    stack: flags.stack,
    configFile: path.resolve(flags.configFile ?? `Pulumi.${flags.stack}.yaml`),
    stateFile: path.resolve(flags.state ?? `.sandbox/state/${flags.stack}.json`),
    report: (event) => {
      print(event);
      if (event.kind === "resource" && event.status === "done" && event.operation !== "same") steps.push(stepOf(event));
    },
    signal: stop.signal,
    ...(flags.refresh === true && { refresh: true }),
  };
  try {
    const result: StackResult = await COMMANDS[name].run(options);
    if (flags.json === true) process.stdout.write(`${JSON.stringify({ ...result, steps })}\n`);
    if (flags.expectNoChanges === true && steps.length > 0) {
      throw new EngineError("no changes were expected but changes were proposed");
    }
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    toStatus(`${error instanceof InterruptedError ? "" : "error: "}${error.message}\n`);
    process.exitCode = error instanceof InterruptedError ? stop.exitCode() : 1;
  }
}

/** A step of a preview, as the Pulumi CLI lists it in its JSON output. It contains no values. */
interface Step {
  op: Operation;
  urn: string;
  /** By property path. */
  detailedDiff: Record<string, { kind: "update" }>;
}

function stepOf({ operation, urn, paths }: EngineEvent & { kind: "resource" }): Step {
  const detailedDiff = Object.fromEntries(paths.map((path) => [path, { kind: "update" as const }]));
  return { op: operation, urn, detailedDiff };
}

/** The first signal lets operations in progress finish; the second ends the process immediately. */
function stopOnSignals(log: (text: string) => void): { signal: AbortSignal; exitCode: () => number } {
  const controller = new AbortController();
  let exitCode = 1;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(code);
      exitCode = code;
      log("\nStopping after the operations in progress. Interrupt again to stop immediately.\n");
      controller.abort();
    });
  }
  return { signal: controller.signal, exitCode: () => exitCode };
}

void commandLine().parseAsync();
