import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { EngineError } from "../errors";
import { ORGANIZATION } from "../protocol/program";

/** How a pack is started. */
export interface PackOptions {
  /** The pack's folder: PulumiPolicy.yaml and package.json are there. */
  folder: string;
  stack: string;
  project: string;
  dryRun: boolean;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
  /** Ends the pack, also while it starts. */
  signal: AbortSignal;
}

/** A pack that serves. */
export interface PackProcess {
  /** host:port of its server. */
  address: string;
  stop: () => void;
}

const NO_TYPE_CHECK = path.join(__dirname, "no-type-check.js");

/** It takes a second, on a busy machine some more. Milliseconds. */
const START_LIMIT = 60_000;

/**
 * Starts a policy pack as the CLI does (sdk/nodejs/dist/pulumi-analyzer-policy of pulumi/pulumi): the pack serves on a
 * free port and prints it first.
 * @throws EngineError with what the pack printed, where it ends or does not answer in time.
 */
export async function startPack({ folder, stack, project, dryRun, config, signal }: PackOptions): Promise<PackProcess> {
  const child = spawn(process.execPath, ["-r", NO_TYPE_CHECK, runner(folder), "127.0.0.1:0", folder], {
    cwd: folder,
    // A group of its own: Ctrl-C is for the engine.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
    env: {
      ...process.env,
      PULUMI_NODEJS_ORGANIZATION: ORGANIZATION,
      PULUMI_NODEJS_PROJECT: project,
      PULUMI_NODEJS_STACK: stack,
      PULUMI_NODEJS_DRY_RUN: String(dryRun),
      PULUMI_CONFIG: JSON.stringify(config),
    },
  });
  const stop = () => void child.kill("SIGKILL");
  const printed: string[] = [];
  const port = Promise.withResolvers<string>();
  const fail = (what: string) => {
    port.reject(new EngineError([`policy pack ${folder}: ${what}.`, ...printed].join("\n")));
  };
  const lines = readline.createInterface({ input: child.stdout });
  lines.once("line", port.resolve);
  readline.createInterface({ input: child.stderr }).on("line", (text) => {
    const line = stripVTControlCharacters(text);
    if (!/^\s+at /.test(line)) printed.push(line);
  });
  child.once("error", (error) => {
    fail(error.message);
  });
  child.once("close", (code) => {
    fail(`ended with exit code ${String(code)}; expected it to serve`);
  });
  const timer = setTimeout(() => {
    fail(`said nothing for ${START_LIMIT / 1000} s; expected its port`);
  }, START_LIMIT);
  try {
    const first = await port.promise;
    if (!/^\d+$/.test(first)) {
      throw new EngineError(`policy pack ${folder}: printed ${first}; expected its port first. Remove what prints it.`);
    }
    return { address: `127.0.0.1:${first}`, stop };
  } catch (error) {
    stop();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function runner(folder: string): string {
  try {
    return require.resolve("@pulumi/pulumi/cmd/run-policy-pack", { paths: [folder] });
  } catch {
    throw new EngineError(
      `policy pack ${path.basename(folder)}: got no @pulumi/pulumi in ${folder}; expected it installed. Run npm ci.`,
    );
  }
}
