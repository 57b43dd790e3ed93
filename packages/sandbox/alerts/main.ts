import { parseArgs } from "node:util";
import { receiveAlerts } from "./receiver";

/** The alert receiver: `main.ts --port PORT`. It prints each alert on standard output as one line of JSON. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { port: { type: "string" } } });
  const receiver = await receiveAlerts({
    port: Number(values.port),
    onAlert: (alert) => void process.stdout.write(`${JSON.stringify(alert)}\n`),
  });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void receiver.close().then(() => process.exit(0)));
  }
}

void main();
