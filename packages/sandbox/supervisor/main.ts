import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { type EnvironmentName, environmentNames, sandboxPaths } from "../paths";
import { SandboxDaemon } from "./sandbox-daemon";

/**
 * The daemon's program: `main.ts [--environment dev]… [--nodes 3]`. It is started by daemon.ts, which ensures that
 * there is only one. SIGTERM ends it with all its processes.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { environment: { type: "string", multiple: true }, nodes: { type: "string" } },
  });
  const chosen = values.environment as EnvironmentName[] | undefined;
  const paths = sandboxPaths();
  const daemon = new SandboxDaemon({
    paths,
    environments: chosen ?? environmentNames,
    ...(values.nodes !== undefined && { nodes: Number(values.nodes) }),
  });
  const stop = () => {
    void daemon.stop().then(() => process.exit(0));
  };
  const giveUp = async (error: unknown) => {
    const known = error instanceof Error ? error : new Error(String(error));
    process.stderr.write(`${known.stack ?? known.message}\n`);
    await daemon.fail(known);
    process.exit(1);
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // This also catches unhandled rejections: the processes must not stay behind.
  process.on("uncaughtException", (error) => void giveUp(error));
  await daemon.start().catch(giveUp);
  // If somebody deleted the sandbox's folder, no command can find this daemon any more, so it must end by itself.
  // Restarting processes recreate folders, but not the ports file.
  setInterval(() => {
    if (!existsSync(paths.ports)) stop();
  }, folderCheck);
}

/** How often the daemon checks that the sandbox's folder still exists, in milliseconds. */
const folderCheck = 2000;

void main();
