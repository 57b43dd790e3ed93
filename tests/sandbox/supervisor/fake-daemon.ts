import { parseArgs } from "node:util";
import { processIdentity } from "../../../sandbox/supervisor/process-identity";
import { stopRecorded } from "../../../sandbox/supervisor/process-group";
import { type DaemonStatus, readStatus, writeStatus } from "../../../sandbox/supervisor/status-file";
import { Supervisor } from "../../../sandbox/supervisor/supervisor";
import { sandboxPaths } from "../../../sandbox/paths";

/** A daemon with two idle processes; `--nodes=0` makes it fail. Replaces sandbox/supervisor/main.ts. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { nodes: { type: "string" } }, strict: false });
  const paths = sandboxPaths();
  const left = await stopRecorded(readStatus(paths.supervisor)?.processes ?? []);
  const write = (state: DaemonStatus["state"], error?: string) => {
    writeStatus(paths.supervisor, {
      pid: process.pid,
      identity: processIdentity(process.pid) ?? "",
      state,
      ...(error !== undefined && { error }),
      waitingFor: left,
      environments: [],
      processes: supervisor.status(),
    });
  };
  const supervisor: Supervisor = new Supervisor({ logs: paths.logs });
  write("starting");
  if (values.nodes === "0") {
    write("failed", "nodes: got 0; expected more.");
    process.exit(1);
  }
  for (const name of ["one", "two"]) {
    supervisor.set({ name, command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], env: {} });
  }
  write("running");
}

void main();
