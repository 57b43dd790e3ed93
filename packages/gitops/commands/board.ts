import { writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import { Follower } from "../board/follow";
import { boardPage, readAssets } from "../board/page/page";
import { serve } from "../board/server";
import { type CommonOptions, withSession } from "../session";
import { withClusters } from "./options";
import { parseClusters, warnOfOldClusters } from "./clusters";

interface Options extends CommonOptions {
  port: number;
  host: string;
  out?: string;
  json?: boolean;
  cluster: string[];
}

/** `gitops board`: a page of services and environments that updates itself. */
export function addBoard(program: Command): void {
  const command = program
    .command("board")
    .description("serve a page that shows what each environment runs and what is on its way")
    .option("--port <port>", "the port to listen on; 0: any free port", parsePort, 7400)
    .option(
      "--host <address>",
      "the address to listen on; anyone who can reach it sees everything that GITHUB_TOKEN can read",
      "127.0.0.1",
    )
    .option("--out <file>", "write the current page to one file, and end")
    .option("--json", "print the current state as JSON, and end");
  withClusters(command).action(() => show(command.optsWithGlobals<Options>()));
}

async function show(options: Options): Promise<void> {
  const clusters = parseClusters(options.cluster);
  // Not awaited: an unreachable cluster would delay the board. It never rejects.
  void warnOfOldClusters(clusters);
  await withSession(options, async (session) => {
    const ending = new AbortController();
    const { signal } = ending;
    const follower = new Follower({ session, clusters, signal });
    await follower.once();
    if (options.json === true) process.stdout.write(`${JSON.stringify(follower.board, undefined, 2)}\n`);
    if (options.out !== undefined) {
      const { board } = follower;
      await writeFile(options.out, boardPage(board, { url: board.url, now: Date.now() }, await readAssets()));
    }
    if (options.json === true || options.out !== undefined) return;
    const { host, port } = options;
    const served = await serve({ follower, assets: await readAssets(), host, port });
    process.stdout.write(`${served.url}\n`);
    session.log("Serving the board. Ctrl-C ends it.");
    const following = follower.follow();
    await interrupted();
    ending.abort();
    await Promise.all([served.close(), following]);
  });
}

/** Waits for a signal, so that temporary files are removed as after any other command. */
async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // The listener stays, because execa sends the signal again if it is the only listener while git runs. A second
      // signal ends the process at once.
      let isFirst = true;
      process.on(signal, () => {
        if (!isFirst) process.exit(1);
        isFirst = false;
        resolve();
      });
    }
  });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("expected 0 to 65535.");
  return port;
}
