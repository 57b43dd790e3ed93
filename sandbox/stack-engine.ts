import { execa } from "execa";
import * as engine from "../engine";
import type { Credentials } from "./credentials";
import type { EnvironmentName, SandboxPaths } from "./paths";

/** What can be done with a stack. */
export type StackOperation = "up" | "destroy";

/** Runs operations on the sandbox's stacks: the Pulumi CLI where it can, the local engine elsewhere. */
export interface StackEngine {
  /** For people: which engine it is. */
  name: string;
  /**
   * @param onProgress told each step in a few words
   * @throws Error with the engine's own report when the operation failed
   */
  run(operation: StackOperation, environment: EnvironmentName, onProgress: (step: string) => void): Promise<void>;
}

/** The Pulumi CLI where it and the two providers' plugins are there, else the local engine. */
export async function chooseEngine(paths: SandboxPaths, credentials: Credentials): Promise<StackEngine> {
  return (await pulumiIsThere()) ? pulumiCli(paths, credentials) : localEngine(paths);
}

async function pulumiIsThere(): Promise<boolean> {
  const listed = await execa("pulumi", ["plugin", "ls", "--json"], { reject: false });
  if (listed.exitCode !== 0) return false;
  const plugins = (JSON.parse(listed.stdout) as { name: string; kind: string }[])
    .filter((plugin) => plugin.kind === "resource")
    .map((plugin) => plugin.name);
  return ["kubernetes", "github"].every((name) => plugins.includes(name));
}

function pulumiCli(paths: SandboxPaths, credentials: Credentials): StackEngine {
  const env = {
    PULUMI_BACKEND_URL: `file://${paths.engineState}`,
    PULUMI_CONFIG_PASSPHRASE: credentials.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return {
    name: "the Pulumi CLI",
    async run(operation, environment, onProgress) {
      const pulumi = (...args: string[]) =>
        execa("pulumi", [...args, "--stack", environment, "--non-interactive"], { cwd: paths.root, env, all: true });
      await pulumi("stack", "select", "--create");
      const running = pulumi(operation, "--yes", "--config-file", paths.environments[environment].stackFile);
      for await (const line of running) onProgress(line);
    },
  };
}

function localEngine(paths: SandboxPaths): StackEngine {
  return {
    name: "the local engine",
    async run(operation, environment, onProgress) {
      const { stackFile, stateFile } = paths.environments[environment];
      let resources = 0;
      await engine[operation]({
        projectDir: paths.root,
        stack: environment,
        configFile: stackFile,
        stateFile,
        report(event) {
          if (event.kind === "resource" && event.status === "done")
            onProgress(`${++resources} resources, ${event.name}`);
        },
      });
    },
  };
}
