import { existsSync, rmSync } from "node:fs";
import { runCommand } from "./command";
import { sandboxPaths, type SandboxPaths } from "./paths";
import { stopDaemon } from "./supervisor/daemon";

/** `npm run reset`: stops the sandbox and forgets it: clusters, repositories, ports, secrets. The built tools stay. */
runCommand(async () => {
  const paths = sandboxPaths();
  refuseOthers(paths);
  await stopDaemon();
  rmSync(paths.folder, { recursive: true, force: true });
  process.stderr.write("The sandbox is forgotten. `npm start` makes a new one.\n");
});

/** SANDBOX_DIR may name any folder. Throws for one that `npm start` did not make. */
function refuseOthers({ folder, ports }: SandboxPaths): void {
  if (!existsSync(folder) || existsSync(ports)) return;
  throw new Error(
    `SANDBOX_DIR: got ${folder}, which has no ports.json; expected a folder that \`npm start\` made. ` +
      "Nothing was deleted. If it is to go, delete it by hand.",
  );
}
