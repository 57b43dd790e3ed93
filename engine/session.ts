import { setImmediate } from "node:timers/promises";
import { readConfig, readProject, type Project } from "./config";
import { EngineError, InterruptedError, messageOf } from "./errors";
import type { Command } from "./events";
import { deleteAll, obsoleteRecords } from "./plan/deletion";
import { Deployment } from "./plan/deployment";
import { Limiter } from "./plan/limiter";
import { Providers } from "./plan/providers";
import { Run, type Mode } from "./plan/run";
import { factories } from "./factories";
import { withEvaluator } from "./policy/attach";
import { runProgram } from "./protocol/program";
import { serveProtocol } from "./protocol/server";
import { redacted } from "./protocol/values";
import type { StackOptions, StackResult } from "./stack";
import { lockState } from "./state/lock";
import { Seal } from "./state/seal";
import { StateStore } from "./state/store";

/** Printed at the start of each run. */
const NOTICE =
  "The local engine is for the sandbox and for reviews, not for production. It connects to loopback addresses only. " +
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
 * Loads project, configuration and state, locks the state, does the work and reports a summary. Also after a failure,
 * the complete state is on disk when this returns.
 */
export async function withSession(
  options: StackOptions,
  command: Command,
  work: (session: Session) => Promise<Record<string, unknown>>,
): Promise<StackResult> {
  const startedAt = Date.now();
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
    const stack = { stack: options.stack, project: project.name };
    const program = { project: project.name, config };
    try {
      return await withEvaluator(options, command, program, report, async (evaluator) => {
        const { signal, refresh } = options;
        const run = new Run(mode, stack, store, seal, providers, limiter, report, signal, evaluator, refresh);
        const outputs = redacted(await work({ options, project, config, run })) as Record<string, unknown>;
        report({ kind: "summary", command, counts: run.counts, outputs, seconds: (Date.now() - startedAt) / 1000 });
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
 * Runs the program to completion. Throws if the program or a resource fails, or if the run is stopped. No operation is
 * in progress when this returns or throws.
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
      // The SDK's debug messages contain every value, including secrets.
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
    // Let operations in progress finish, so that the state records their results.
    if (exitCode !== 0) run.limiter.stop();
    await run.limiter.idle();
    // The failures of the last operations arrive a few microtasks after the limiter is idle.
    await setImmediate();
    if (failures.length > 0) throw new EngineError([...new Set(failures)].join("\n"));
    if (exitCode !== 0 || programErrors.length > 0) throw new EngineError(programFailure(programErrors, exitCode));
    if (!deployment.finished) {
      throw new EngineError(
        "The program exited before it had run to completion; expected it to return. Remove process.exit from it.",
      );
    }
    return deployment;
  } finally {
    program.kill();
    server.stop();
  }
}

/** Deletes the resources in the state that the program no longer has. */
export async function deleteObsolete({ options, run }: Session, claimed: Set<string>): Promise<void> {
  await untilStopped(options, run, deleteAll(run, obsoleteRecords(run, claimed)));
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
  throw new InterruptedError(
    "Stopped on request. Operations in progress were completed and recorded. Run the same command to continue.",
  );
}

function programFailure(errors: string[], exitCode: number | undefined): string {
  if (errors.length > 0) return errors.map((error) => error.trimEnd()).join("\n");
  return `The program exited with code ${String(exitCode)} and reported no error; expected exit code 0.`;
}
