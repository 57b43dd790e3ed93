import { runProgram } from "./run-script";
import type { StepHost } from "./step-host";

/**
 * The equivalent of actions/setup-node: only reports the installed version. Throws if it differs from the requested
 * version, because nothing is downloaded here.
 */
export async function setupNode(
  { folders, log, signal }: StepHost,
  inputs: Record<string, string>,
  env: Record<string, string>,
): Promise<{ "node-version": string }> {
  const { "node-version": wanted = "", ...others } = inputs;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new Error(`with.${unknown}: got an input of actions/setup-node; expected only node-version. Remove it.`);
  }
  let found = "nothing";
  const onLine = (line: string) => {
    found = line;
    log.write(line);
  };
  await runProgram({ command: "node", args: ["--version"], cwd: folders.workspace, env, onLine, signal });
  if (!found.startsWith(`v${wanted}.`)) log.write(`The sandbox runs on Node ${found}, so this job does as well.`);
  return { "node-version": found };
}
