import { parseArgs } from "node:util";
import { receiveAlerts } from "./receiver";

/** The receiver's program: `main.ts --port PORT`. Standard output has each alert as a line of JSON. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" } } });
  const receiver = await receiveAlerts({
    port: Number(values.port),
    keep: (alert) => void process.stdout.write(`${JSON.stringify(alert)}\n`),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void receiver.close().then(() => process.exit(0)));
  }
}

void main();
