import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import * as engine from "../engine";
import type { Credentials } from "./credentials";
import { environmentNames, type EnvironmentName, type SandboxPaths } from "./paths";

/** Runs the program on the sandbox's stacks. */
export interface StackEngine {
  /** For people: which engine it is. */
  name: string;
  /**
   * Makes a stack as the program says.
   * @param onProgress told each step in a few words
   * @throws Error with the engine's own report when that failed
   */
  up(environment: EnvironmentName, onProgress: (step: string) => void): Promise<void>;
}

/**
 * The Pulumi CLI where it and the two providers' plugins are there, else the local engine. A sandbox whose stacks the
 * local engine made stays with it: neither engine knows what is in the other's state.
 * @param wanted `pulumi` or `local`, to decide it; default: what SANDBOX_ENGINE says
 * @throws where that is another word
 */
export async function chooseEngine(
  paths: SandboxPaths,
  credentials: Credentials,
  wanted: string | undefined = process.env.SANDBOX_ENGINE,
): Promise<StackEngine> {
  if (wanted !== undefined && wanted !== "pulumi" && wanted !== "local") {
    throw new Error(
      `SANDBOX_ENGINE: got ${wanted}; expected pulumi or local. Without it, the Pulumi CLI is used where it is there.`,
    );
  }
  const cli = wanted === undefined ? !madeByLocalEngine(paths) && (await pulumiIsThere()) : wanted === "pulumi";
  return cli ? pulumiCli(paths, credentials) : localEngine(paths);
}

function madeByLocalEngine(paths: SandboxPaths): boolean {
  return environmentNames.some((name) => existsSync(paths.environments[name].stateFile));
}

async function pulumiIsThere(): Promise<boolean> {
  const listed = await execa("pulumi", ["plugin", "ls", "--json"], { reject: false });
  if (listed.exitCode !== 0) return false;
  const plugins = (JSON.parse(listed.stdout) as { name: string; kind: string }[])
    .filter((plugin) => plugin.kind === "resource")
    .map((plugin) => plugin.name);
  return ["kubernetes", "github"].every((name) => plugins.includes(name));
}

/** Where the CLI begins to tell what went wrong, behind a line for each step. */
const REPORT = "Diagnostics:";

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
      // A new stack's salt is written beside the project file: below .sandbox, and not into what is committed.
      await copyFile(join(paths.root, "Pulumi.yaml"), join(paths.stacks, "Pulumi.yaml"));
      const init = ["stack", "init", environment, "--no-select", "--non-interactive"];
      const made = await execa("pulumi", init, { cwd: paths.stacks, env, reject: false });
      if (made.failed && !made.stderr.includes("already exists")) throw new Error(made.message);
      const file = paths.environments[environment].stackFile;
      const flags = ["--stack", environment, "--config-file", file, "--yes", "--skip-preview", "--non-interactive"];
      const running = execa("pulumi", ["up", ...flags], { cwd: paths.root, env, all: true, reject: false });
      for await (const line of running) onProgress(line);
      const { failed, all, shortMessage } = await running;
      if (failed) throw new Error(`${shortMessage}\n${all.slice(Math.max(0, all.lastIndexOf(REPORT)))}`);
    },
  };
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
