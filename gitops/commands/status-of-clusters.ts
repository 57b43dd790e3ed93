import type { Command } from "commander";
import { KubernetesClient } from "../../clients/kubernetes";
import { environments } from "../../environments/catalogue";
import { Failure } from "../failure";
import type { CommonOptions } from "../session";
import { readCluster } from "../status/clusters";
import { showStatus, statusCommand } from "./status";

interface Options extends CommonOptions {
  env?: string;
  json?: boolean;
  cluster: string[];
}

/** `gitops status` that can also ask clusters themselves: what that takes is too large for the bundle. */
export function addStatusOfClusters(program: Command): void {
  statusCommand(program)
    .option(
      "--cluster <env=kubeconfig[:context]>",
      "ask this cluster's Argo CD instead of GitHub (repeatable)",
      (value: string, all: string[]) => [...all, value],
      [],
    )
    .action((_: unknown, command: Command) => {
      const { cluster, ...options } = command.optsWithGlobals<Options>();
      const clients = cluster.map(parseCluster);
      return showStatus(options, () => new Map(clients.map(({ name, client }) => [name, readCluster(client)])));
    });
}

/** @throws {Failure} naming what is wrong with the option or the kubeconfig. */
function parseCluster(text: string): { name: string; client: KubernetesClient } {
  const [, name = "", file = "", context] = /^([^=]+)=(.+?)(?::([^:/]+))?$/.exec(text) ?? [];
  if (!environments.some((environment) => environment.name === name)) {
    const known = environments.map((environment) => environment.name).join(", ");
    throw new Failure(
      `--cluster: got ${JSON.stringify(text)}; expected <environment>=<kubeconfig>[:<context>]. Environments: ${known}.`,
    );
  }
  try {
    return { name, client: KubernetesClient.fromKubeconfig(file, context) };
  } catch (error) {
    throw new Failure(`--cluster ${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
