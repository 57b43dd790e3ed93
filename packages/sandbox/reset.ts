import { existsSync, rmSync } from "node:fs";
import { runCommand } from "./command";
import { sandboxPaths, type SandboxPaths } from "./paths";
import { stopDaemon } from "./supervisor/daemon";

/**
 * `npm run reset`: stops the sandbox and deletes its clusters, repositories, ports and secrets. The built tools stay.
 */
runCommand(async () => {
  const paths = sandboxPaths();
  requireSandboxFolder(paths);
  await stopDaemon();
  rmSync(paths.folder, { recursive: true, force: true });
  process.stderr.write("The sandbox was deleted. `npm start` creates a new one.\n");
});

/** SANDBOX_DIR can name any folder, so this throws for a folder that `npm start` did not create. */
function requireSandboxFolder({ folder, ports }: SandboxPaths): void {
  if (!existsSync(folder) || existsSync(ports)) return;
  throw new Error(
    `SANDBOX_DIR: got ${folder}, which has no ports.json; expected a folder that \`npm start\` created. ` +
      "Nothing was deleted. To remove the folder, delete it manually.",
  );
}
