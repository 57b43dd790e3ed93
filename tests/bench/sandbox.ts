import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { execa } from "execa";
import { sandboxPaths } from "@gitops-platform/sandbox/paths";
import { daemonStatus } from "@gitops-platform/sandbox/supervisor/daemon";

const root = resolve(__dirname, "../..");

/** Paths of the bench's own sandbox. */
export const paths = sandboxPaths(root, ".sandbox-bench");

/** A command that people type, on this sandbox. */
export function npm(...args: string[]) {
  const env = { SANDBOX_DIR: paths.folder, SANDBOX_ENGINE: "local", CI: "true" };
  return execa("npm", args, { cwd: root, env, stdio: ["ignore", 2, 2] });
}

/** Starts the sandbox where it does not run. */
export async function startSandbox(): Promise<void> {
  if (daemonStatus(paths) === undefined) await npm("start");
}

/** Stops the sandbox. Its folder stays, with its logs. */
export async function stopSandbox(): Promise<void> {
  if (daemonStatus(paths) !== undefined) await npm("stop");
}

/** Forgets the sandbox, so that the next one begins from nothing. */
export async function forgetSandbox(): Promise<void> {
  if (existsSync(paths.folder)) await npm("run", "reset");
}
