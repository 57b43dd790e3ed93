import { spawn } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "../lock";
import { type EnvironmentName, sandboxPaths, type SandboxPaths } from "../paths";
import { type Probe, until } from "@gitops-platform/clients/until";
import { openLog } from "./log-file";
import { signalGroup, stopRecorded } from "@gitops-platform/clients/processes/process-group";
import { isAlive } from "@gitops-platform/clients/processes/process-identity";
import { type DaemonStatus, readStatus } from "./status-file";

/** Settings of {@link startDaemon}. A daemon that already runs keeps its own. */
export interface StartOptions {
  /** Default: the project's `.sandbox`. */
  paths?: SandboxPaths;
  /** Which environments to run. Default: all. */
  environments?: EnvironmentName[];
  /** Minimum number of nodes of each cluster. Default 3. */
  nodes?: number;
  /** Called with what is still missing, each time that changes. */
  onWait?: (waitingFor: string) => void;
  /** Default 120. */
  timeoutSeconds?: number;
  /** The daemon's program. Default: main.ts of this folder. */
  program?: string;
}

/** The daemon's status; undefined if none runs, or if it failed and is about to end. */
export function daemonStatus(paths: SandboxPaths = sandboxPaths()): DaemonStatus | undefined {
  const status = readStatus(paths.supervisor);
  return status !== undefined && status.state !== "failed" && isAlive(status) ? status : undefined;
}

/**
 * Starts the daemon if none runs, and waits until every cluster and the Git host are ready. Two processes can call it
 * at the same time. The tools must be built and the Git host's seed file must exist.
 * @throws NotReached after the timeout; Error with the daemon's own reason if it failed
 */
export async function startDaemon(options: StartOptions = {}): Promise<DaemonStatus> {
  const { paths = sandboxPaths(), onWait, timeoutSeconds = 120 } = options;
  mkdirSync(paths.folder, { recursive: true, mode: 0o700 });
  await withLock(
    join(paths.folder, "daemon"),
    () => onWait?.("another start"),
    async () => {
      await until("an earlier daemon's end", () => Promise.resolve(notStopping(paths)));
      if (daemonStatus(paths) === undefined) await launch(options, paths);
    },
  );
  return until("sandbox", () => Promise.resolve(ready(paths)), {
    timeoutSeconds,
    everyMilliseconds: 50,
    ...(onWait !== undefined && { onWait }),
  }).then(succeeded);
}

/**
 * Ends the daemon with all its processes, and processes that a killed daemon left. Returns true if anything was
 * running.
 */
export async function stopDaemon(paths: SandboxPaths = sandboxPaths()): Promise<boolean> {
  const recorded = readStatus(paths.supervisor);
  if (recorded === undefined) return false;
  const wasRunning = isAlive(recorded);
  if (wasRunning) {
    process.kill(recorded.pid, "SIGTERM");
    await until("the daemon's end", () => Promise.resolve(gone(recorded)), { timeoutSeconds: 30 }).catch(() => {
      signalGroup(recorded.pid, "SIGKILL");
    });
  }
  // A daemon that shut down cleanly has removed the file.
  const left = await stopRecorded(readStatus(paths.supervisor)?.processes ?? []);
  rmSync(paths.supervisor, { force: true });
  return wasRunning || left.length > 0;
}

/** Starts the daemon's program and waits until it has written the status file. */
async function launch(options: StartOptions, paths: SandboxPaths): Promise<void> {
  const log = openLog(paths.logs, "supervisor");
  const args = [
    ...(options.environments ?? []).map((name) => `--environment=${name}`),
    ...(options.nodes === undefined ? [] : [`--nodes=${options.nodes}`]),
  ];
  const child = spawn(
    process.execPath,
    ["-r", join(paths.root, "scripts", "register.js"), options.program ?? join(__dirname, "main.ts"), ...args],
    {
      cwd: paths.root,
      env: { ...process.env, SANDBOX_DIR: paths.folder },
      detached: true,
      stdio: ["ignore", log.descriptor, log.descriptor],
    },
  );
  log.close();
  child.unref();
  const written = (): Probe<undefined> => {
    if (child.exitCode !== null || child.signalCode !== null) return { done: undefined };
    return readStatus(paths.supervisor)?.pid === child.pid ? { done: undefined } : { waitingFor: "the daemon" };
  };
  await until("sandbox", () => Promise.resolve(written()), { everyMilliseconds: 20 });
}

function notStopping(paths: SandboxPaths): Probe<undefined> {
  return daemonStatus(paths)?.state === "stopping" ? { waitingFor: "it is stopping" } : { done: undefined };
}

function gone(daemon: DaemonStatus): Probe<undefined> {
  return isAlive(daemon) ? { waitingFor: "it is running" } : { done: undefined };
}

function ready(paths: SandboxPaths): Probe<DaemonStatus | Error> {
  const status = readStatus(paths.supervisor);
  if (status?.state === "failed") return { done: new Error(status.error) };
  if (status === undefined || !isAlive(status)) {
    return { done: new Error(`sandbox: the daemon ended. See ${join(paths.logs, "supervisor.log")}.`) };
  }
  if (status.state === "running") return { done: status };
  return { waitingFor: [...status.waitingFor, ...status.processes.flatMap(describeRestarts(paths))].join(", ") };
}

/** Describes a process that keeps ending, with the path of its log. */
function describeRestarts(paths: SandboxPaths): (process: DaemonStatus["processes"][number]) => string[] {
  return ({ name, restarts, lastExit }) =>
    restarts > 1
      ? [`${name} ended ${restarts} times (${lastExit ?? "?"}), see ${join(paths.logs, `${name}.log`)}`]
      : [];
}

function succeeded(outcome: DaemonStatus | Error): DaemonStatus {
  if (outcome instanceof Error) throw outcome;
  return outcome;
}
