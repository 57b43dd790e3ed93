import { existsSync, mkdirSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { readAssets } from "@gitops-platform/gitops/board/page/page";
import { bundleBoard } from "@gitops-platform/gitops/bundle";
import { ArgocdProcesses } from "../argocd/argocd-processes";
import { etcdProcess } from "../clusters/api-server";
import { startCluster } from "../clusters/cluster";
import { ensureCredentials } from "../credentials";
import { type Ports, rememberedPorts, requireFreePorts } from "../ports";
import type { EnvironmentName, SandboxPaths } from "../paths";
import { ensureTools, type Tools } from "../tools/build";
import { boardProcess, repositoryExists } from "./board-process";
import { alertsProcess } from "./alerts-process";
import { githubProcess, isGithubUp } from "./github-process";
import { stopRecorded } from "@gitops-platform/clients/processes/process-group";
import { processIdentity } from "@gitops-platform/clients/processes/process-identity";
import { type DaemonStatus, readStatus, writeStatus } from "./status-file";
import { Supervisor } from "./supervisor";

/** What the daemon runs. */
export interface SandboxDaemonOptions {
  paths: SandboxPaths;
  environments: EnvironmentName[];
  /** Minimum number of nodes of each cluster. Default 3. */
  nodes?: number;
}

/** Runs all processes of the sandbox and writes their status to the status file. */
export class SandboxDaemon {
  private readonly supervisor: Supervisor;
  private readonly end = new AbortController();
  private readonly waitingFor: Set<string>;
  private state: DaemonStatus["state"] = "starting";
  private error: string | undefined;

  constructor(private readonly options: SandboxDaemonOptions) {
    this.waitingFor = new Set(["Git host", ...options.environments.map((name) => `cluster ${name}`)]);
    this.supervisor = new Supervisor({ logs: options.paths.logs, onChange: this.write });
  }

  /** Starts everything. Resolves when all is ready, or when the daemon was stopped before that. */
  async start(): Promise<void> {
    const { paths, environments } = this.options;
    // Do this first: the new status overwrites the record of the earlier daemon.
    const left = await stopRecorded(readStatus(paths.supervisor)?.processes ?? []);
    if (left.length > 0) log(`stopped what an earlier daemon left: ${left.join(", ")}`);
    this.write();
    const [tools, ports] = await Promise.all([ensureTools(), rememberedPorts(paths)]);
    await requireFreePorts(ports, paths.ports);
    mkdirSync(paths.etcd, { recursive: true, mode: 0o700 });
    this.supervisor.set(etcdProcess(tools.bin, paths.etcd));
    this.supervisor.set(alertsProcess(paths, ports.shared));
    await Promise.all([
      this.startGithub(ports),
      ...environments.map((environment) => this.startEnvironment(environment, tools, ports)),
    ]);
    if (this.stopped()) return;
    this.setState("running");
    this.startBoard(ports).catch((error: unknown) => {
      log(`The board: ${String(error)}`);
    });
  }

  /** Ends everything and removes the status file. */
  async stop(): Promise<void> {
    if (this.stopped()) return;
    this.end.abort();
    this.setState("stopping");
    await this.supervisor.stop();
    rmSync(this.options.paths.supervisor, { force: true });
  }

  /** Ends everything because of an error, which it writes to the status file. */
  async fail(error: Error): Promise<void> {
    if (this.stopped()) return;
    this.end.abort();
    this.error = error.message;
    await this.supervisor.stop();
    this.setState("failed");
  }

  private async startGithub(ports: Ports): Promise<void> {
    this.supervisor.set(githubProcess(this.options.paths, ports.shared));
    while (!this.stopped() && !(await isGithubUp(ports.shared))) await sleep(100);
    this.markReady("Git host");
  }

  /** At the first start, waits for the Pulumi program to create the repository: until then there is nothing to show. */
  private async startBoard(ports: Ports): Promise<void> {
    const { paths, environments } = this.options;
    const { boardToken: token } = ensureCredentials(paths);
    // Remove what a killed board left.
    rmSync(paths.board.folder, { recursive: true, force: true });
    mkdirSync(paths.board.home, { recursive: true, mode: 0o700 });
    await bundleBoard(paths.board.program, await readAssets());
    while (!this.stopped() && !(await repositoryExists({ ports, token }))) await sleep(500);
    this.supervisor.set(boardProcess({ paths, ports, token, environments }));
  }

  private async startEnvironment(environment: EnvironmentName, tools: Tools, ports: Ports): Promise<void> {
    const { paths, nodes } = this.options;
    const { keys, kubeconfig, boardKubeconfig, argocd: folder } = paths.environments[environment];
    const { cluster, argocd } = ports.environments[environment];
    const folders = { keys, kubeconfig, boardKubeconfig, etcd: paths.etcd };
    const client = await startCluster(
      { environment, tools, folders, ports: cluster },
      this.supervisor,
      this.end.signal,
      nodes,
    );
    if (client === undefined) return;
    this.markReady(`cluster ${environment}`);
    const { supervisor } = this;
    const { logs } = paths;
    const processes = new ArgocdProcesses({
      environment,
      client,
      supervisor,
      tools,
      kubeconfig,
      folder,
      logs,
      ports: argocd,
    });
    processes.run(this.end.signal).catch((error: unknown) => {
      if (!this.stopped()) log(`Argo CD of ${environment}: ${String(error)}`);
    });
  }

  private readonly stopped = (): boolean => this.end.signal.aborted;

  private markReady(what: string): void {
    this.waitingFor.delete(what);
    this.write();
  }

  private setState(state: DaemonStatus["state"]): void {
    this.state = state;
    this.write();
  }

  private readonly write = (): void => {
    // If the folder was deleted, do not create it again; main.ts then ends the daemon.
    if (!existsSync(this.options.paths.folder)) return;
    writeStatus(this.options.paths.supervisor, {
      pid: process.pid,
      identity: processIdentity(process.pid) ?? "",
      state: this.state,
      ...(this.error !== undefined && { error: this.error }),
      waitingFor: [...this.waitingFor],
      environments: this.options.environments,
      processes: this.supervisor.status(),
    });
  };
}

/** Standard error of the daemon is `.sandbox/logs/supervisor.log`. */
function log(message: string): void {
  process.stderr.write(`${new Date().toISOString()} ${message}\n`);
}
