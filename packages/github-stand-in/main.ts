import { delimiter } from "node:path";
import { parseArgs } from "node:util";
import { readSeed } from "./domain/access/seed";
import { startServer } from "./http/server";

const USAGE = "usage: main.ts --port PORT --data FOLDER --seed FILE [--actions FOLDERS]";

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      data: { type: "string" },
      seed: { type: "string" },
      actions: { type: "string" },
    },
  });
  const { port, data, seed } = values;
  if (port === undefined || data === undefined || seed === undefined) throw new Error(USAGE);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) {
    throw new Error(`--port: got ${port}; expected a number from 0 to 65535 (0 takes a free port).`);
  }
  const programs = values.actions?.split(delimiter).filter((folder) => folder !== "");
  const actions = programs ? { actions: { programs } } : {};
  const server = await startServer({ port: Number(port), data, seed: readSeed(seed), ...actions });
  process.stderr.write(`GitHub stand-in: ${server.url}\n`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      server.close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    });
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
