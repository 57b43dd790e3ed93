import { rmSync } from "node:fs";
import { runCommand } from "./command";
import { sandboxPaths } from "./paths";
import { stopDaemon } from "./supervisor/daemon";

/** `npm run reset`: stops the sandbox and forgets it: clusters, repositories, ports, secrets. The built tools stay. */
runCommand(async () => {
  const { folder } = sandboxPaths();
  await stopDaemon();
  rmSync(folder, { recursive: true, force: true });
  process.stderr.write("The sandbox is forgotten. `npm start` makes a new one.\n");
});
