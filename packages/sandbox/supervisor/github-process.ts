import { delimiter, dirname, join } from "node:path";
import type { SharedPorts } from "../ports";
import type { SandboxPaths } from "../paths";
import type { ProcessSpec } from "./process-spec";
import { statusOf } from "./status-of";

/** The stand-in for GitHub: Node running packages/github-stand-in/main.ts. */
export function githubProcess(paths: Pick<SandboxPaths, "root" | "github" | "bin">, ports: SharedPorts): ProcessSpec {
  const programs = join(paths.root, "packages", "sandbox", "runner-programs");
  return {
    name: "github",
    command: process.execPath,
    args: [
      "-r",
      join(paths.root, "scripts", "register.js"),
      join(paths.root, "packages", "github-stand-in", "main.ts"),
      `--port=${ports.github}`,
      `--data=${paths.github.data}`,
      `--seed=${paths.github.seed}`,
      // The programs for workflows: the sandbox's tools, the stand-ins for docker and gh, and the node that runs the
      // sandbox.
      `--actions=${[paths.bin, programs, dirname(process.execPath)].join(delimiter)}`,
    ],
    env: {
      // It uses the user's git without the user's settings.
      PATH: process.env.PATH ?? "/usr/local/bin:/usr/bin:/bin",
      HOME: paths.github.folder,
      GIT_CONFIG_NOSYSTEM: "1",
    },
    cwd: paths.root,
    port: ports.github,
  };
}

export async function isGithubUp(ports: SharedPorts): Promise<boolean> {
  return (await statusOf(`http://127.0.0.1:${ports.github}/api/v3/meta`)) === 200;
}
