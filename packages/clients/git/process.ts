import { execFile } from "node:child_process";
import type { GitEnvironment } from "./environment";

/** How a Git process is started. */
export interface GitProcess {
  readonly cwd: string;
  /** All its environment variables. */
  readonly env: GitEnvironment;
  /** The standard input. Default: empty. */
  readonly input?: string | Uint8Array;
}

/** How a Git process ended, and what it printed. */
export interface GitAnswer {
  /** -1 if it could not be started or was ended by a signal; then `stderr` has the reason. */
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs Git. Starts it without a library, because commands do so many times, and a library costs more than Git does. */
export function startGit(args: readonly string[], { cwd, env, input = "" }: GitProcess): Promise<GitAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      "git",
      args,
      { cwd, env, encoding: "buffer", maxBuffer: Infinity },
      (error, stdout, stderr) => {
        if (error === null || typeof error.code === "number") {
          resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
        } else {
          const reason = error.signal ? `ended by ${error.signal}` : error.message;
          resolve({ exitCode: -1, stdout, stderr: Buffer.from(reason) });
        }
      },
    );
    // Git may end before it has read all its input.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}
