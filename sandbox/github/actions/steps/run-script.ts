import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { signalGroup } from "../../../supervisor/process-group";

/**
 * What a job that is cancelled has between SIGTERM and SIGKILL, in milliseconds; less than the server itself has to
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
  /** Gets each line of standard output and standard error. */
  onLine: (line: string) => void;
  /** Ends it and everything that it started. */
  signal: AbortSignal;
}

/**
 * Run a program to its end, in a process group of its own that ends with it. Returns its exit code; 128 and more where
 * a signal ended it.
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
    // What it left in the background would hold its output open, and run on unseen.
    child.once("exit", () => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    });
    child.once("close", (code) => {
      resolve(code ?? 128);
    });
  });
}
