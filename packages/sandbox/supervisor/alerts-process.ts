import { join } from "node:path";
import type { SharedPorts } from "../ports";
import type { SandboxPaths } from "../paths";
import type { ProcessSpec } from "./process-spec";

/** The alert receiver: Node running alerts/main.ts. Its log is the list of alerts, and is rotated like every log. */
export function alertsProcess({ root }: Pick<SandboxPaths, "root">, { alerts }: SharedPorts): ProcessSpec {
  const program = join(root, "packages", "sandbox", "alerts", "main.ts");
  return {
    name: "alerts",
    command: process.execPath,
    args: ["-r", join(root, "scripts", "register.js"), program, `--port=${alerts}`],
    env: {},
    cwd: root,
    port: alerts,
  };
}
