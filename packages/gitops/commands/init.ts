import { createInterface } from "node:readline/promises";
import { type Command, InvalidArgumentError } from "commander";
import type { Ask, Flags } from "../init/answers";
import { openPage } from "../init/manifest-page";
import { init } from "../init/init";
import { log } from "../session";

interface Options extends Flags {
  yes?: boolean;
  appPrefix?: string;
  browser: boolean;
  port: number;
  timeout: number;
}

/** `gitops init`: from an organisation on GitHub to stacks that can be brought up. */
export function addInit(program: Command): void {
  program
    .command("init")
    .description(
      "set everything up before the first `pulumi up`: the repository, the GitHub Apps, settings and secrets of " +
        "all stacks",
    )
    .option("--from <file>", "answers in YAML, instead of questions")
    .option("--visibility <visibility>", "of a new repository: private, internal or public (default: private)")
    .option("--cluster <env=kubeconfig:context>", "the cluster of an environment (repeatable)", collect)
    .option("--platform-team <owner>", "who owns charts and workflows, such as my-org/platform (repeatable)", collect)
    .option("--approvers <env=owner>", "who approves releases to an environment (repeatable)", collect)
    .option("--ci-account <login>", "an account that CI uses (repeatable)", collect)
    .option("--app-prefix <prefix>", "the beginning of the Apps' names (default: <organisation>-gitops)")
    .option("--yes", "begin without a confirmation")
    .option("--no-browser", "only print the addresses of pages")
    .option("--port <port>", "the local page's port; 0: any free port", parseNumber, 0)
    .option("--timeout <minutes>", "how long to wait for you at each page", parseNumber, 15)
    .action(async (_: unknown, command: Command) => {
      const { browser, timeout, yes = false, ...options } = command.optsWithGlobals<Options>();
      const { ask, close } = questions();
      try {
        await init(
          { ...options, yes, timeout: timeout * 60_000 },
          { folder: process.cwd(), env: process.env, ask, log, openPage: browser ? openPage : () => false },
        );
      } finally {
        close();
      }
    });
}

/** Asks on stderr, because stdout is for results. Without a terminal, nobody can be asked. */
function questions(): { ask: Ask | undefined; close: () => void } {
  if (!process.stdin.isTTY) return { ask: undefined, close: () => undefined };
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const ask: Ask = async (question, byDefault) => {
    const answer = (await terminal.question(`${question}${byDefault === undefined ? "" : ` [${byDefault}]`}: `)).trim();
    return answer === "" ? (byDefault ?? "") : answer;
  };
  return {
    ask,
    close: () => {
      terminal.close();
    },
  };
}

function collect(value: string, all: string[] = []): string[] {
  return [...all, value];
}

function parseNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw new InvalidArgumentError("expected a number.");
  return number;
}
