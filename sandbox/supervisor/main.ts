import { parseArgs } from "node:util";
import { type Environment, environments, sandboxPaths } from "../state";
import { SandboxDaemon } from "./sandbox-daemon";

/**
 * The daemon's program: `main.ts [--environment dev]… [--nodes 3]`. Started by daemon.ts, which makes sure that there is
 * only one; SIGTERM ends it with all of its processes.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { environment: { type: "string", multiple: true }, nodes: { type: "string" } },
  });
  const chosen = values.environment as Environment[] | undefined;
  const daemon = new SandboxDaemon({
    paths: sandboxPaths(),
    environments: chosen ?? [...environments],
    ...(values.nodes !== undefined && { nodes: Number(values.nodes) }),
  });
  const stop = () => {
    void daemon.stop().then(() => process.exit(0));
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  try {
    await daemon.start();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    await daemon.fail(error instanceof Error ? error : new Error(String(error)));
    process.exit(1);
  }
}

void main();
