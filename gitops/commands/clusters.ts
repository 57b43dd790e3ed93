import { type Command, Option } from "commander";
import { KubernetesClient } from "../../clients/kubernetes";
import { environments } from "../../environments/catalogue";
import { isOlder } from "../../environments/cluster";
import supported from "../../supported.json";
import { Failure } from "../errors";
import { say } from "../session";

/**
 * Adds the option that names clusters to ask, or the variable that does, with commas between them, for who asks the
 * same ones all day. {@link parseClusters} reads both.
 */
export function withClusters(command: Command): Command {
  return command.addOption(
    new Option("--cluster <env=kubeconfig[:context]>", "ask this cluster's Argo CD instead of GitHub (repeatable)")
      .env("GITOPS_CLUSTERS")
      .default([])
      .argParser((value, all: string[]) => [...all, ...value.split(",").filter((text) => text !== "")]),
  );
}

/**
 * Clients by environment.
 * @throws {Failure} naming what is wrong with the option or the kubeconfig.
 */
export function parseClusters(options: readonly string[]): Map<string, KubernetesClient> {
  const found = options.map(parseCluster);
  const problems = found.filter((each) => typeof each === "string");
  if (problems.length > 0) throw new Failure(...problems);
  return new Map(found.filter((each) => typeof each !== "string"));
}

/** Says which clusters have a Kubernetes that is too old. One that does not answer is told of by what reads it. */
export async function sayOldClusters(
  clients: ReadonlyMap<string, Pick<KubernetesClient, "version">>,
  tell: (text: string) => void = say,
): Promise<void> {
  const wanted = supported.kubernetes;
  const asked = [...clients].map(async ([name, client]) => {
    const version = await client.version().catch(() => undefined);
    if (version === undefined || !isOlder(version, wanted)) return;
    tell(`--cluster ${name}: got Kubernetes ${version}; expected ${wanted} or newer. Upgrade the cluster.`);
  });
  await Promise.all(asked);
}

/** A cluster, or what is wrong with the text. */
function parseCluster(text: string): [environment: string, client: KubernetesClient] | string {
  const [, name = "", file = "", context] = /^([^=]+)=(.+?)(?::([^:/]+))?$/.exec(text) ?? [];
  if (!environments.some((environment) => environment.name === name)) {
    const known = environments.map((environment) => environment.name).join(", ");
    return `--cluster: got ${JSON.stringify(text)}; expected <environment>=<kubeconfig>[:<context>]. Environments: ${known}.`;
  }
  try {
    return [name, KubernetesClient.fromKubeconfig(file, context)];
  } catch (error) {
    return `--cluster ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
