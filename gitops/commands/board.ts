import { writeFile } from "node:fs/promises";
import { type Command, InvalidArgumentError } from "commander";
import { environments } from "../../environments/catalogue";
import { Follower } from "../board/follow";
import { boardPage, readAssets } from "../board/page/page";
import { serve } from "../board/server";
import { type CommonOptions, withSession } from "../session";
import { parseClusters, sayOldClusters, withClusters } from "./clusters";

interface Options extends CommonOptions {
  port: number;
  host: string;
  out?: string;
  json?: boolean;
  cluster: string[];
}

/** `gitops board`: services × environments, and what is on its way between them, as a page that follows by itself. */
export function addBoard(program: Command): void {
  const command = program
    .command("board")
    .description("serve a page that shows what each environment runs and what is on its way")
    .option("--port <port>", "the port to listen on; 0: any that is free", parsePort, 7400)
    .option(
      "--host <address>",
      "the address to listen on; anyone who reaches it sees what GITHUB_TOKEN sees",
      "127.0.0.1",
    )
    .option("--out <file>", "write the page as it is now to a file that needs nothing else, and end")
    .option("--json", "print what the page shows now as JSON, and end");
  withClusters(command).action(() => show(command.optsWithGlobals<Options>()));
}

async function show(options: Options): Promise<void> {
  const clusters = parseClusters(options.cluster);
  // Not awaited: an unreachable cluster would delay the board. It never rejects.
  void sayOldClusters(clusters);
  await withSession(options, async (session) => {
    const ending = new AbortController();
    const { signal } = ending;
    const names = environments.map(({ name }) => name);
    const follower = new Follower({ session, environments: names, clusters, signal });
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
    session.say("Serving the board. Ctrl-C ends it.");
    const following = follower.follow();
    await interrupted();
    ending.abort();
    await Promise.all([served.close(), following]);
  });
}

/** Until somebody wants it to end: then what was left on this machine is removed as after any other command. */
async function interrupted(): Promise<void> {
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      // It stays: where nobody else listens any more, execa sends the signal again while git runs. A second one ends at
      // once.
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
