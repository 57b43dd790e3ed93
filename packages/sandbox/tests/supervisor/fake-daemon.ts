import { parseArgs } from "node:util";
import { processIdentity } from "@gitops-platform/clients/processes/process-identity";
import { stopRecorded } from "@gitops-platform/clients/processes/process-group";
import { type DaemonStatus, readStatus, writeStatus } from "../../supervisor/status-file";
import { Supervisor } from "../../supervisor/supervisor";
import { sandboxPaths } from "../../paths";

/** A daemon with two idle processes; `--nodes=0` makes it fail. Replaces packages/sandbox/supervisor/main.ts. */
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
