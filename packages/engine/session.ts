import { createRequire } from "node:module";
import { setImmediate } from "node:timers/promises";
import PQueue from "p-queue";
import { readConfig, readProject, type Project } from "./config";
import {
  type Command,
  type Counts,
  EngineError,
  type EngineEvent,
  InterruptedError,
  messageOf,
  noCounts,
} from "./model/events";
import { deleteAll, obsoleteRecords } from "./plan/deletion";
import { Deployment } from "./plan/deployment";
import { Providers } from "./plan/providers";
import type { Mode, Run } from "./plan/run";
import type * as github from "./providers/github/provider";
import type * as kubernetes from "./providers/kubernetes/provider";
import type { ProviderFactory } from "./model/provider";
import { withEvaluator, type PolicyPackOptions } from "./policy/evaluator";
import { runProgram } from "./protocol/program";
import { serveProtocol } from "./protocol/server";
import { redacted } from "./model/values";
import { lockState, StateStore } from "./state/store";
import { Seal } from "./state/seal";

/** Which stack to run, and how. */
export interface StackOptions {
  /** Folder that contains Pulumi.yaml. */
  projectDir: string;
  /** Stack name, for example `dev`. */
  stack: string;
  /** The stack's configuration file, such as `Pulumi.<stack>.yaml`. */
  configFile: string;
  /** The engine's state file; created if missing. During a run, a journal and a lock file are in the same folder. */
  stateFile: string;
  /** Maximum number of resource operations at once. Default: 16, like Pulumi's CLI on four processors. */
  parallel?: number;
  /** Receives every event, in order. Default: events are dropped. */
  report?: (event: EngineEvent) => void;
  /** Stops the run when aborted: operations in progress finish and are recorded, then InterruptedError is thrown. */
  signal?: AbortSignal;
  /** Whether to compare the program with the objects themselves too, as `pulumi --refresh` does. Default: false. */
  refresh?: boolean;
  /** Provider factories by package name. Default: the engine's own, `kubernetes` and `github`. */
  providers?: Record<string, ProviderFactory>;
}

/** What a run has done, or what a preview would do. */
export interface StackResult {
  /** Number of resources per operation, including components and the stack itself. */
  counts: Counts;
  /** The stack's outputs. A secret is the string `[secret]`, an unknown value `[unknown]`. */
  outputs: Record<string, unknown>;
}

/** Printed at the start of each run. */
const NOTICE =
  "The local engine is for the sandbox and for reviews, not for production. It connects to loopback addresses only. " +
  "Use the Pulumi CLI for real clusters.";

const DEFAULT_PARALLEL = 16;

/** Loads a provider when it is first used: the Kubernetes client is slow to load, and reviews do not need it. */
const load = createRequire(__filename);

/** The engine's own providers, by package name. */
const FACTORIES: Record<string, ProviderFactory> = {
  github: (inputs) => (load("./providers/github/provider") as typeof github).githubProvider(inputs),
  kubernetes: (inputs) => (load("./providers/kubernetes/provider") as typeof kubernetes).kubernetesProvider(inputs),
};

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
  options: StackOptions & { policyPack?: PolicyPackOptions },
  command: Command,
  work: (session: Session) => Promise<Record<string, unknown>>,
): Promise<StackResult> {
  const startedAt = Date.now();
  const report = options.report ?? (() => undefined);
  report({ kind: "notice", message: NOTICE });
  const project = readProject(options.projectDir);
  const config = readConfig(project, options.configFile);
  const unlock = command === "preview" ? () => Promise.resolve() : await lockState(options.stateFile);
  try {
    const store = StateStore.open(options.stateFile);
    const seal = new Seal(store.key);
    const providers = new Providers(options.providers ?? FACTORIES, seal);
    const queue = new PQueue({ concurrency: options.parallel ?? DEFAULT_PARALLEL });
    const mode = command === "preview" ? "preview" : "up";
    const stack = { stack: options.stack, project: project.name };
    const program = { ...stack, config };
    try {
      return await withEvaluator(options.policyPack, program, async (evaluator) => {
        const { signal, refresh = false } = options;
        const counts = noCounts();
        const run: Run = { mode, stack, store, seal, providers, queue, report, signal, evaluator, refresh, counts };
        const outputs = redacted(await work({ options, project, config, run })) as Record<string, unknown>;
        report({ kind: "summary", command, counts: run.counts, outputs, seconds: (Date.now() - startedAt) / 1000 });
        return { counts: run.counts, outputs };
      });
    } finally {
      if (command !== "preview") store.finish();
    }
  } finally {
    await unlock();
  }
}

/**
 * Runs the program to completion. Throws if the program or a resource fails, or if the run is stopped. No operation is
 * in progress when this returns or throws.
 */
export async function evaluate({ options, project, config, run: own }: Session, mode: Mode): Promise<Deployment> {
  const run: Run = mode === own.mode ? own : { ...own, mode, counts: noCounts() };
  const deployment = new Deployment(run);
  const failures: string[] = [];
  const programErrors: string[] = [];
  const failed = Promise.withResolvers<undefined>();
  const server = await serveProtocol({
    register: (goal) => deployment.register(goal),
    registerOutputs: (urn, outputs) => {
      deployment.registerOutputs(urn, outputs);
    },
    log: (severity, message) => {
      if (severity === "error") programErrors.push(message);
      // The SDK's debug messages contain every value, including secrets.
      else if (severity !== "debug") run.report({ kind: "log", severity, message });
    },
    finished: () => {
      deployment.finished = true;
    },
    fail: (error) => {
      run.queue.pause();
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
      run.report({ kind: "log", severity: "info", message });
    },
  });
  try {
    const exitCode = await untilStopped(options, run, Promise.race([program.ended, failed.promise]));
    // Let operations in progress finish, so that the state records their results.
    if (exitCode !== 0) run.queue.pause();
    await run.queue.onPendingZero();
    // The failures of the last operations arrive a few microtasks later.
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
export async function deleteObsolete({ options, run }: Session, program: ReadonlyMap<string, unknown>): Promise<void> {
  await untilStopped(options, run, deleteAll(run, obsoleteRecords(run, program)));
}

async function untilStopped<T>({ signal }: StackOptions, run: Run, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  const stopped = Promise.withResolvers<"stopped">();
  const stop = () => {
    run.queue.pause();
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
  await run.queue.onPendingZero();
  throw new InterruptedError(
    "Stopped on request. Operations in progress were completed and recorded. Run the same command to continue.",
  );
}

function programFailure(errors: string[], exitCode: number | undefined): string {
  if (errors.length > 0) return errors.map((error) => error.trimEnd()).join("\n");
  return `The program exited with code ${String(exitCode)} and reported no error; expected exit code 0.`;
}
