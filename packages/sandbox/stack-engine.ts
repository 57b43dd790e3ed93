import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { parse } from "yaml";
import * as engine from "@gitops-platform/engine";
import type { Credentials } from "./credentials";
import { environmentNames, type EnvironmentName, type SandboxPaths } from "./paths";

/** Runs the program on the sandbox's stacks. */
export interface StackEngine {
  /** The engine's name, for messages. */
  name: string;
  /**
   * Runs `up` for a stack.
   * @param onProgress called with a short description of each step
   * @throws Error with the engine's own report if it failed
   */
  up(environment: EnvironmentName, onProgress: (step: string) => void): Promise<void>;
}

/**
 * Chooses the Pulumi CLI if it and the plugins of both providers are installed, and otherwise the local engine. A
 * sandbox whose stacks the local engine created keeps it, because neither engine can read the other's state.
 * @param wanted `pulumi` or `local`, to force one. Default: the value of SANDBOX_ENGINE
 * @throws if `wanted` is another word
 */
export async function chooseEngine(
  paths: SandboxPaths,
  credentials: Credentials,
  wanted: string | undefined = process.env.SANDBOX_ENGINE,
): Promise<StackEngine> {
  if (wanted !== undefined && wanted !== "pulumi" && wanted !== "local") {
    throw new Error(
      `SANDBOX_ENGINE: got ${wanted}; expected pulumi or local. Unset it to use the Pulumi CLI if it is installed.`,
    );
  }
  const cli = wanted === undefined ? !usesLocalEngine(paths) && (await isPulumiInstalled()) : wanted === "pulumi";
  return cli ? pulumiCli(paths, credentials) : localEngine(paths);
}

function usesLocalEngine(paths: SandboxPaths): boolean {
  return environmentNames.some((name) => existsSync(paths.environments[name].stateFile));
}

async function isPulumiInstalled(): Promise<boolean> {
  const listed = await execa("pulumi", ["plugin", "ls", "--json"], { reject: false });
  if (listed.exitCode !== 0) return false;
  const plugins = (JSON.parse(listed.stdout) as { name: string; kind: string }[])
    .filter((plugin) => plugin.kind === "resource")
    .map((plugin) => plugin.name);
  return ["kubernetes", "github"].every((name) => plugins.includes(name));
}

/** The heading below which the CLI reports what went wrong; before it comes a line for each step. */
const REPORT_HEADING = "Diagnostics:";

function pulumiCli(paths: SandboxPaths, credentials: Credentials): StackEngine {
  const env = {
    PULUMI_BACKEND_URL: `file://${paths.engineState}`,
    PULUMI_CONFIG_PASSPHRASE: credentials.passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
  return {
    name: "the Pulumi CLI",
    async up(environment, onProgress) {
      await mkdir(paths.engineState, { recursive: true, mode: 0o700 });
      // The CLI writes a new stack's salt beside the project file. A copy below .sandbox keeps it out of the committed
      // files.
      await copyFile(join(paths.root, "Pulumi.yaml"), join(paths.stacks, "Pulumi.yaml"));
      const init = ["stack", "init", environment, "--no-select", "--non-interactive"];
      const made = await execa("pulumi", init, { cwd: paths.stacks, env, reject: false });
      if (made.failed && !made.stderr.includes("already exists")) throw new Error(made.message);
      const { stackFile } = paths.environments[environment];
      const onStack = ["--stack", environment, "--config-file", stackFile, "--non-interactive"];
      for (const [key, input] of plainSecrets(paths.root, stackFile)) {
        await execa("pulumi", ["config", "set", key, "--secret", ...onStack], { cwd: paths.root, env, input });
      }
      const flags = [...onStack, "--yes", "--skip-preview"];
      const running = execa("pulumi", ["up", ...flags], { cwd: paths.root, env, all: true, reject: false });
      for await (const line of running) onProgress(line);
      const { failed, all, shortMessage } = await running;
      if (failed) throw new Error(`${shortMessage}\n${all.slice(Math.max(0, all.lastIndexOf(REPORT_HEADING)))}`);
    },
  };
}

/**
 * The values of a stack file that the CLI refuses in plain text: those of keys that Pulumi.yaml declares as secret.
 * @returns each key with its value
 */
export function plainSecrets(root: string, stackFile: string): [key: string, value: string][] {
  const read = (file: string): unknown => parse(readFileSync(file, "utf8"));
  const project = read(join(root, "Pulumi.yaml")) as {
    name: string;
    config?: Record<string, { secret?: boolean } | undefined>;
  };
  const { config = {} } = read(stackFile) as { config?: Record<string, unknown> };
  return Object.entries(project.config ?? {}).flatMap(([name, declaration]) => {
    const key = `${project.name}:${name}`;
    const value = config[key];
    return declaration?.secret === true && typeof value === "string" ? [[key, value]] : [];
  });
}

function localEngine(paths: SandboxPaths): StackEngine {
  return {
    name: "the local engine",
    async up(environment, onProgress) {
      const { stackFile, stateFile } = paths.environments[environment];
      let resources = 0;
      await engine.up({
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
