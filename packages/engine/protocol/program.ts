import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import readline from "node:readline";

/** Options for running a program. */
export interface ProgramOptions {
  /** Folder that contains Pulumi.yaml; the program's working directory. */
  projectDir: string;
  /**
   * The entry point relative to `projectDir`: `main` of Pulumi.yaml, or `.`, which means `main` of package.json, or
   * index.ts.
   */
  main: string;
  project: string;
  stack: string;
  /** Configuration by full key; objects and lists are JSON. */
  config: Record<string, string>;
  /** host:port of the server for the resource monitor and the engine service. */
  address: string;
  dryRun: boolean;
  /** Maximum number of resource operations at once. */
  parallel: number;
  /** Receives each line that the program prints. */
  onLine: (line: string) => void;
}

/** A running program. */
export interface Program {
  /** Resolves to the exit code when the program has ended; 1 if a signal ended it. */
  ended: Promise<number>;
  /** Kills the process immediately. */
  kill: () => void;
}

/** The organisation that programs see. The CLI uses this value for local state, which has no organisation. */
export const ORGANIZATION = "organization";

/**
 * Compiles the program with esbuild, so that the SDK sees JavaScript. The SDK itself would load the TypeScript
 * compiler, which takes seconds.
 */
const COMPILE = path.join(__dirname, "..", "..", "..", "scripts", "register.js");

/** Loaded first by the processes that the engine starts: they end when the engine is killed. */
export const END_WITH_ENGINE = path.join(__dirname, "end-with-engine.js");

/**
 * Starts a Pulumi program in TypeScript like the CLI's language host for Node (sdk/nodejs/cmd/pulumi-language-nodejs in
 * pulumi/pulumi), but without type checks, which `npm run check` does.
 */
export function runProgram(o: ProgramOptions): Program {
  const runner = require.resolve("@pulumi/pulumi/cmd/run", { paths: [o.projectDir] });
  const flags = {
    monitor: o.address,
    engine: o.address,
    project: o.project,
    stack: o.stack,
    organization: ORGANIZATION,
    pwd: o.projectDir,
    "root-directory": o.projectDir,
    parallel: String(o.parallel),
  };
  const args = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const dryRun = o.dryRun ? ["--dry-run"] : [];
  const child = spawn(
    process.execPath,
    ["-r", END_WITH_ENGINE, "-r", COMPILE, runner, ...args, ...dryRun, entryPoint(o)],
    {
      cwd: o.projectDir,
      // A separate process group, so that Ctrl-C reaches only the engine, which lets operations in progress finish.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(o.config),
        PULUMI_CONFIG_SECRET_KEYS: "[]",
        PULUMI_NODEJS_TYPESCRIPT: "false",
      },
    },
  );
  const lines = [child.stdout, child.stderr].map((stream) => {
    const reader = readline.createInterface({ input: stream });
    reader.on("line", o.onLine);
    return once(reader, "close");
  });
  const exit = once(child, "exit") as Promise<[number | null]>;
  return {
    ended: Promise.all([exit, ...lines]).then(([[code]]) => code ?? 1),
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}

function entryPoint({ projectDir, main }: ProgramOptions): string {
  return main === "." ? main : path.resolve(projectDir, main);
}
