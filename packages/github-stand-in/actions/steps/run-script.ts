import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { signalGroup } from "@gitops-platform/clients/processes/process-group";

/**
 * The time of a cancelled job between SIGTERM and SIGKILL, in milliseconds. It is shorter than the server's own time to
 * stop.
 */
const GRACE_MS = 1000;

/** A program of a step. */
export interface Program {
  command: string;
  args: string[];
  cwd: string;
  /** The whole environment: nothing else is inherited. */
  env: Record<string, string>;
  /** Called with each line of standard output and standard error. */
  onLine: (line: string) => void;
  /** Stops the program and all its child processes. */
  signal: AbortSignal;
}

/**
 * Runs a program to its end, in a process group of its own that ends with it. Returns its exit code; 128 or more if a
 * signal ended it.
 */
export async function runProgram({ command, args, cwd, env, onLine, signal }: Program): Promise<number> {
  signal.throwIfAborted();
  const child = spawn(command, args, { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on("line", onLine);
  const end = stopper(child);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await exitCode(child);
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function stopper(child: ChildProcess): () => void {
  return () => {
    const { pid } = child;
    if (pid === undefined) return;
    signalGroup(pid, "SIGTERM");
    const kill = setTimeout(() => {
      signalGroup(pid, "SIGKILL");
    }, GRACE_MS);
    child.once("exit", () => {
      clearTimeout(kill);
    });
  };
}

function exitCode(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    // Background processes that it left would keep its output open and continue to run unnoticed.
    child.once("exit", () => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    });
    child.once("close", (code) => {
      resolve(code ?? 128);
    });
  });
}
