import { setImmediate } from "node:timers/promises";
import { readConfig, readProject, type Project } from "./config";
import { EngineError, InterruptedError, messageOf } from "./errors";
import type { Command } from "./events";
import { deleteAll, leftBehind } from "./plan/deletion";
import { Deployment } from "./plan/deployment";
import { Limiter } from "./plan/limiter";
import { Providers } from "./plan/providers";
import { Run, type Mode } from "./plan/run";
import { factories } from "./factories";
import { withJudge } from "./policy/attach";
import { runProgram } from "./protocol/program";
import { serveProtocol } from "./protocol/server";
import { shown } from "./protocol/values";
import type { StackOptions, StackResult } from "./stack";
import { lockState } from "./state/lock";
import { Seal } from "./state/seal";
import { StateStore } from "./state/store";

/** The engine's limits, said at each start. */
const NOTICE =
  "The local engine is for the sandbox and for reviews, not for production: it talks to loopback addresses only. " +
  "Use the Pulumi CLI for real clusters.";

const DEFAULT_PARALLEL = 16;

/** One run of a command on a stack. */
export interface Session {
  options: StackOptions;
  project: Project;
  config: Record<string, string>;
  run: Run;
}

/**
 * Reads what the run needs, holds the state for it, and reports its end. The state is whole on disk however it ends.
 */
export async function inSession(
  options: StackOptions,
  command: Command,
  work: (session: Session) => Promise<Record<string, unknown>>,
): Promise<StackResult> {
  const began = Date.now();
  const report = options.report ?? (() => undefined);
  report({ kind: "notice", message: NOTICE });
  const project = readProject(options.projectDir);
  const config = readConfig(project, options.configFile);
  const unlock = command === "preview" ? () => undefined : lockState(options.stateFile);
  try {
    const store = StateStore.open(options.stateFile);
    const seal = new Seal(store.key);
    const providers = new Providers(options.providers ?? factories, seal);
    const limiter = new Limiter(options.parallel ?? DEFAULT_PARALLEL);
    const mode = command === "preview" ? "preview" : "up";
    const place = { stack: options.stack, project: project.name };
    const program = { project: project.name, config };
    try {
      return await withJudge(options, command, program, report, async (judge) => {
        const run = new Run(
          mode,
          place,
          store,
          seal,
          providers,
          limiter,
          report,
          options.signal,
          judge,
          options.refresh,
        );
        const outputs = shown(await work({ options, project, config, run })) as Record<string, unknown>;
        report({ kind: "summary", command, counts: run.counts, outputs, seconds: (Date.now() - began) / 1000 });
        return { counts: run.counts, outputs };
      });
    } finally {
      if (command !== "preview") store.finish();
    }
  } finally {
    unlock();
  }
}

/**
 * Runs the program to its end. Throws where it fails, a resource fails, or the run is stopped: then nothing runs any
 * more.
 */
export async function evaluate({ options, project, config, run: own }: Session, mode: Mode): Promise<Deployment> {
  const run = mode === own.mode ? own : own.as(mode);
  const deployment = new Deployment(run);
  const failures: string[] = [];
  const programErrors: string[] = [];
  const failed = Promise.withResolvers<undefined>();
  const server = await serveProtocol({
    register: (goal) => deployment.register(goal),
    registerOutputs: (urn, outputs) => {
      deployment.registerOutputs(urn, outputs);
    },
    log: (severity, message, urn) => {
      if (severity === "error") programErrors.push(message);
      // The SDK's own debug messages show every value, secrets too.
      else if (severity !== "debug") run.report({ kind: "log", severity, message, urn });
    },
    finished: () => {
      deployment.finished = true;
    },
    fail: (error) => {
      run.limiter.stop();
      failures.push(messageOf(error));
      failed.resolve(undefined);
    },
  });
  const program = runProgram({
    projectDir: options.projectDir,
    main: project.main,
    project: project.name,
    stack: options.stack,
    config,
    address: server.address,
    dryRun: mode !== "up",
    parallel: options.parallel ?? DEFAULT_PARALLEL,
    onLine: (message) => {
      run.report({ kind: "log", severity: "info", message, urn: "" });
    },
  });
  try {
    const exitCode = await untilStopped(options, run, Promise.race([program.ended, failed.promise]));
    // Operations that run go on to their end, so that the state tells what they did.
    if (exitCode !== 0) run.limiter.stop();
    await run.limiter.idle();
    // The last operations' failures are a few promises behind their end.
    await setImmediate();
    if (failures.length > 0) throw new EngineError([...new Set(failures)].join("\n"));
    if (exitCode !== 0 || programErrors.length > 0) throw new EngineError(programFailure(programErrors, exitCode));
    if (!deployment.finished) {
      throw new EngineError(
        "The program ended itself before its end; expected it to run out. Remove process.exit from it.",
      );
    }
    return deployment;
  } finally {
    program.kill();
    server.stop();
  }
}

/** Deletes what the state lists beyond what the program claims. */
export async function deleteLeft({ options, run }: Session, claimed: Set<string>): Promise<void> {
  await untilStopped(options, run, deleteAll(run, leftBehind(run, claimed)));
}

async function untilStopped<T>({ signal }: StackOptions, run: Run, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const stopped = Promise.withResolvers<"stopped">();
  const stop = () => {
    run.limiter.stop();
    stopped.resolve("stopped");
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  try {
    const result = await Promise.race([work.then((value) => ({ value })), stopped.promise]);
    if (result !== "stopped") return result.value;
  } finally {
    signal.removeEventListener("abort", stop);
  }
  await run.limiter.idle();
  throw new InterruptedError("Stopped on request. What had begun was finished, and is in the state; run up to go on.");
}

function programFailure(errors: string[], exitCode: number | undefined): string {
  if (errors.length > 0) return errors.map((error) => error.trimEnd()).join("\n");
  return `The program ended with exit code ${String(exitCode)} and said nothing; expected 0.`;
}
