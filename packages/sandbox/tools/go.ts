import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { BuildPlan } from "./plan";

/** An error whose message needs no stack trace. */
export class ToolsError extends Error {}

/** The oldest Go version that downloads the toolchain that a module requires: https://go.dev/doc/toolchain. */
const oldestGo = 21;

/** Runs the go command for a plan. */
export class Go {
  constructor(
    private readonly plan: BuildPlan,
    private readonly environment: NodeJS.ProcessEnv = process.env,
  ) {}

  /** Throws if Go is missing or too old to download the toolchain. */
  async check(): Promise<void> {
    const { toolchain } = this.plan;
    const install = `Install Go 1.${oldestGo} or newer (https://go.dev/dl/); it fetches ${toolchain} by itself.`;
    const version = await this.run(["env", "GOVERSION"], { GOTOOLCHAIN: "local" });
    const minor = Number(/^go1\.(\d+)/.exec(version)?.[1] ?? oldestGo);
    if (minor < oldestGo) {
      throw new ToolsError(`go: got ${version.trim()}; expected go1.${oldestGo} or newer. ${install}`);
    }
  }

  /**
   * Runs `go` in the module and returns its standard output.
   * @param onLine called with each line of standard error
   */
  async run(args: string[], extra: NodeJS.ProcessEnv = {}, onLine?: (line: string) => void): Promise<string> {
    const { module, toolchain, target } = this.plan;
    const child = spawn("go", args, {
      cwd: module,
      env: {
        ...this.environment,
        CGO_ENABLED: "0",
        GOTOOLCHAIN: toolchain,
        GOOS: target.os,
        GOARCH: target.arch,
        GOWORK: "off",
        // Without this flag, Go stamps the project's commit into the tools and links them again after each commit.
        GOFLAGS: "-buildvcs=false",
        ...extra,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    const errors: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      errors.push(line);
      onLine?.(line);
    });
    const [code, signal] = (await once(child, "close").catch((error: unknown) => {
      throw explain((error as Error).message, toolchain);
    })) as [number | null, string | null];
    if (code !== 0) throw explain(failure(args, errors, code, signal), toolchain);
    return output;
  }
}

/** The last lines that a failed command printed, without its progress. */
function failure(args: string[], lines: string[], code: number | null, signal: string | null): string {
  const output = lines.filter((line) => !line.startsWith("go: downloading ") && /[\s:]/.test(line)).slice(-12);
  const how = signal === null ? `exit code ${code ?? "unknown"}` : `ended by ${signal}`;
  return `go ${args[0] ?? ""} (${how}):\n${output.join("\n")}`;
}

const causes: { pattern: RegExp; advice: (toolchain: string) => string }[] = [
  {
    pattern: /spawn go ENOENT/,
    advice: (toolchain) =>
      `go: not found on PATH. The sandbox's programs are built from their Go modules. ` +
      `Install Go 1.${oldestGo} or newer (https://go.dev/dl/); it fetches ${toolchain} by itself.`,
  },
  {
    pattern: /no space left on device|disk quota exceeded/i,
    advice: () =>
      "The disk is full. Free about 10 GB for Go's caches (`go env GOCACHE GOMODCACHE`), then run the command again: " +
      "the build resumes where it stopped.",
  },
  {
    pattern: /dial tcp|no such host|connection refused|i\/o timeout|TLS handshake|proxyconnect|network is unreachable/,
    advice: () =>
      "The Go module proxy cannot be reached. Check the network and `go env GOPROXY`, then run the command again: " +
      "downloaded modules are kept.",
  },
  {
    pattern: /toolchain not available|checksum mismatch|SECURITY ERROR|missing go\.sum entry/,
    advice: (toolchain) =>
      `Go could not verify or find a module. Check \`go env GOPROXY GOSUMDB\`; the proxy must serve ${toolchain}.`,
  },
];

/** Prepends advice to Go's error output. */
export function explain(output: string, toolchain: string): ToolsError {
  // A proxy's URL may contain a password.
  const shown = output.replace(/(\w+:\/\/)[^/\s@]+@/g, "$1…@");
  const cause = causes.find(({ pattern }) => pattern.test(output));
  return new ToolsError(cause === undefined ? shown : `${cause.advice(toolchain)}\n${shown}`);
}
