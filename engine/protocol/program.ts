import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import readline from "node:readline";

/** How a program is run. */
export interface ProgramOptions {
  /** Folder of Pulumi.yaml; the program's working folder. */
  projectDir: string;
  /**
   * The entry point relative to it: `main` of Pulumi.yaml, or `.`, which leads to `main` of package.json, or to
   * index.ts.
   */
  main: string;
  project: string;
  stack: string;
  /** Configuration by full key; objects and lists as JSON text. */
  config: Record<string, string>;
  /** host:port of the server of both services. */
  address: string;
  dryRun: boolean;
  /** How many resource operations run at once. */
  parallel: number;
  /** Gets each line that the program prints. */
  onLine: (line: string) => void;
}

/** A running program. */
export interface Program {
  /** Exit code when it has ended; a signal counts as 1. */
  ended: Promise<number>;
  /** Ends it at once. */
  kill: () => void;
}

/** The organisation that programs see: local state has none, and the CLI says this then. */
export const ORGANIZATION = "organization";

/**
 * Compiles the program as this one is. For the SDK it is JavaScript then: its own way loads the compiler, which takes
 * seconds.
 */
const COMPILE = path.join(__dirname, "..", "..", "scripts", "register.js");

/**
 * Starts a Pulumi program in TypeScript as the CLI's language host for Node does (sdk/nodejs/cmd/pulumi-language-nodejs
 * of pulumi/pulumi), without type checks: those are another command's work.
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
  const child = spawn(process.execPath, ["-r", COMPILE, runner, ...args, ...dryRun, entryPoint(o)], {
    cwd: o.projectDir,
    // A group of its own: Ctrl-C is for the engine, which lets running operations finish.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      PULUMI_CONFIG: JSON.stringify(o.config),
      PULUMI_CONFIG_SECRET_KEYS: "[]",
      PULUMI_NODEJS_TYPESCRIPT: "false",
    },
  });
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
