import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { wantsColor } from "@gitops-platform/engine/printer";
import { applicationsHealthy } from "./applications";
import { ensureAppRepository } from "./app-repository";
import { ensureClone } from "./clone";
import { runCommand } from "./command";
import { ensureCredentials, writeShellFiles } from "./credentials";
import { runSteps, type Step } from "./progress";
import { type Ports, rememberedPorts } from "./ports";
import { chooseEngine, type StackEngine } from "./stack-engine";
import { gitHostUrl, writeStackFiles } from "./stack-files";
import { type EnvironmentName, environmentNames, type SandboxPaths, sandboxPaths } from "./paths";
import { summary } from "./summary";
import { isBoardUp } from "./supervisor/board-process";
import { startDaemon } from "./supervisor/daemon";
import { ensureTools } from "./tools/build";
import { describeProgress } from "./tools/progress";
import { until } from "@gitops-platform/clients/until";

/** `npm start`: brings up the whole platform on this machine, from whatever state it is in. */
async function start(): Promise<void> {
  const began = performance.now();
  const paths = sandboxPaths();
  const ports = await rememberedPorts(paths);
  const credentials = ensureCredentials(paths);
  const engine = await chooseEngine(paths, credentials);

  const stack = (environment: EnvironmentName): Step => ({
    title: `Platform ${environment}`,
    run: (show) => platformUp(engine, environment, show),
  });
  await runSteps([
    {
      title: "Tools",
      run: async (show) => {
        const tools = await ensureTools((progress) => {
          show(describeProgress(progress));
        });
        linkPrograms(paths.bin, tools.bin);
        writeStackFiles({ paths, ports, credentials, data: tools.data });
        writeShellFiles(paths, credentials, gitHostUrl(ports));
        return "ready";
      },
    },
    {
      title: "Clusters",
      run: async (show) => {
        await startDaemon({ paths, onWait: show });
        return "ready";
      },
    },
    [...environmentNames].reverse().map(stack),
    [
      ...environmentNames.map((environment) => ({
        title: `Applications ${environment}`,
        run: async (show: (step: string) => void) =>
          `${await applicationsHealthy(paths, environment, show)} Synced and Healthy`,
      })),
      { title: "Board", run: () => boardUp(paths, ports) },
    ],
  ]);
  await ensureClone(paths, ports, credentials);
  await ensureAppRepository(paths, ports, credentials);
  const seconds = (performance.now() - began) / 1000;
  const color = wantsColor(process.stdout, process.env);
  process.stdout.write(summary({ paths, ports, engine: engine.name, seconds, color }));
}

/** Gives people a short path: `.sandbox/bin/kubectl`. */
function linkPrograms(link: string, bin: string): void {
  rmSync(link, { force: true });
  symlinkSync(bin, link);
}

async function platformUp(
  engine: StackEngine,
  environment: EnvironmentName,
  show: (step: string) => void,
): Promise<string> {
  let last = "unchanged";
  await engine.up(environment, (step) => {
    last = step;
    show(step);
  });
  return last;
}

async function boardUp(paths: SandboxPaths, ports: Ports): Promise<string> {
  const waitingFor = `it does not respond; see ${join(paths.logs, "board.log")}`;
  await until("board", async () => ((await isBoardUp(ports)) ? { done: true } : { waitingFor }));
  return "ready";
}

runCommand(start);
