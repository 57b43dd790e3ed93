import type { Command } from "commander";
import { declaredIn } from "../drift/declared";
import { DriftReader } from "../drift/reader";
import { lookTwice } from "../drift/finding";
import type { CommonOptions } from "../session";
import { readCluster } from "../status/clusters";
import { parseClusters, sayOldClusters, withClusters } from "./clusters";
import { showStatus, statusCommand } from "./status";

interface Options extends CommonOptions {
  env?: string;
  json?: boolean;
  cluster: string[];
}

/** `gitops status` that can also ask clusters themselves: what that takes is too large for the bundle. */
export function addStatusOfClusters(program: Command): void {
  withClusters(statusCommand(program)).action(async (_: unknown, command: Command) => {
    const { cluster, ...options } = command.optsWithGlobals<Options>();
    const clients = parseClusters(cluster);
    await sayOldClusters(clients);
    await showStatus(options, ({ clone }) => {
      const declares = declaredIn(clone);
      const named = [...clients];
      return {
        sources: new Map(named.map(([name, client]) => [name, readCluster(client)])),
        looks: new Map(named.map(([name, client]) => [name, () => lookTwice(new DriftReader(client, name, declares))])),
      };
    });
  });
}
