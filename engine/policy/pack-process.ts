import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { stripVTControlCharacters } from "node:util";
import { EngineError } from "../errors";
import { ORGANIZATION } from "../protocol/program";

/** Options for starting a pack. */
export interface PackOptions {
  /** Folder that contains the pack's PulumiPolicy.yaml and package.json. */
  folder: string;
  stack: string;
  project: string;
  /** The stack's configuration by full key. */
  config: Record<string, string>;
  /** Kills the pack's process when aborted, also during the start. */
  signal: AbortSignal;
}

/** A running pack. */
export interface PackProcess {
  /** host:port of the pack's server. */
  address: string;
  stop: () => void;
}

const NO_TYPE_CHECK = path.join(__dirname, "no-type-check.js");

/** Milliseconds. A start takes about a second, longer on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/**
 * Starts a policy pack like the CLI (sdk/nodejs/dist/pulumi-analyzer-policy in pulumi/pulumi): the pack listens on a
 * free port, and prints the port number as its first line.
 * @throws EngineError with the pack's output on stderr, if it exits or does not print its port in time.
 */
export async function startPack({ folder, stack, project, config, signal }: PackOptions): Promise<PackProcess> {
  const child = spawn(process.execPath, ["-r", NO_TYPE_CHECK, runner(folder), "127.0.0.1:0", folder], {
    cwd: folder,
    // A separate process group, so that Ctrl-C reaches only the engine.
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    signal,
    killSignal: "SIGKILL",
    env: {
      ...process.env,
      PULUMI_NODEJS_ORGANIZATION: ORGANIZATION,
      PULUMI_NODEJS_PROJECT: project,
      PULUMI_NODEJS_STACK: stack,
      PULUMI_NODEJS_DRY_RUN: "true",
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
    fail(`exited with code ${String(code)}; expected it to keep running`);
  });
  const timer = setTimeout(() => {
    fail(`printed nothing for ${START_TIMEOUT_MS / 1000} s; expected its port`);
  }, START_TIMEOUT_MS);
  try {
    const first = await port.promise;
    if (!/^\d+$/.test(first)) {
      throw new EngineError(
        `policy pack ${folder}: got the first line ${first}; expected its port. Remove the code that prints this line.`,
      );
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
