import { checkoutCommands } from "../commands/checkout";
import { run } from "../run";

/** The result of a command line. */
export interface Ran {
  stdout: string;
  stderr: string;
  code: number;
}

let isRunning = false;

/**
 * Runs `gitops` as in a checkout of this project, with only the given environment; in this process, which is much
 * faster. One at a time, because it replaces the environment and the streams of the process.
 */
export async function gitops(env: Record<string, string>, ...args: string[]): Promise<Ran> {
  if (isRunning) throw new Error("gitops: got a second command at once; expected one. Start the other as a process.");
  isRunning = true;
  const { stdout, stderr, env: before } = process;
  const [write, complain, code] = [stdout.write.bind(stdout), stderr.write.bind(stderr), process.exitCode];
  const ran: Ran = { stdout: "", stderr: "", code: 0 };
  const keep = (stream: "stdout" | "stderr") => (text: string | Uint8Array) => {
    ran[stream] += String(text);
    return true;
  };
  process.env = { PATH: before.PATH, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1", ...env };
  process.exitCode = undefined;
  stdout.write = keep("stdout");
  stderr.write = keep("stderr");
  try {
    await run(checkoutCommands, args);
    return { ...ran, code: failed() ? 1 : 0 };
  } finally {
    stdout.write = write;
    stderr.write = complain;
    process.env = before;
    process.exitCode = code;
    isRunning = false;
  }
}

/** A function, because the compiler does not know that the command changes the exit code. */
function failed(): boolean {
  return process.exitCode === 1;
}

/** The environment variables of a workflow that say where GitHub is. */
export function environmentOf(url: string, login: string): Record<string, string> {
  return {
    GITHUB_SERVER_URL: url,
    GITHUB_API_URL: `${url}/api/v3`,
    GITHUB_REPOSITORY: "vaarak/gitops",
    GITHUB_TOKEN: `token-of-${login}`,
  };
}
