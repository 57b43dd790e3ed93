import { randomInt } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { withLock } from "./lock";
import { type EnvironmentName, environmentNames, forEnvironments, type SandboxPaths } from "./paths";

/** Ports of one environment's Argo CD. */
export const argocdPortNames = [
  "redis",
  "repoServer",
  "repoServerMetrics",
  "controllerMetrics",
  "server",
  "serverMetrics",
  "applicationSetMetrics",
  "applicationSetProbe",
  "applicationSetWebhook",
  "notificationsMetrics",
] as const;

/** Ports of one environment's cluster. etcd has none: it listens on a Unix socket in its folder. */
export const clusterPortNames = ["apiServer", "kwok", "metricsServer"] as const;

/** Ports that all environments share. */
export const sharedPortNames = ["github", "board", "alerts"] as const;

export type ArgocdPorts = Record<(typeof argocdPortNames)[number], number>;
export type ClusterPorts = Record<(typeof clusterPortNames)[number], number>;
export type SharedPorts = Record<(typeof sharedPortNames)[number], number>;

/** Every port of the sandbox, all on 127.0.0.1. */
export interface Ports {
  shared: SharedPorts;
  environments: Record<EnvironmentName, { cluster: ClusterPorts; argocd: ArgocdPorts }>;
}

/** Ports by name, as in the file: `github`, `dev.apiServer` … */
type PortTable = Partial<Record<string, number>>;

/**
 * Below the ephemeral port ranges of Linux (from 32768) and macOS (from 49152), so that no outgoing connection takes a
 * port while the sandbox is stopped.
 */
const range = { first: 20_000, last: 32_000 };

const portNames = [
  ...sharedPortNames,
  ...environmentNames.flatMap((name) => [...clusterPortNames, ...argocdPortNames].map((port) => `${name}.${port}`)),
];

/**
 * The sandbox's ports. They are chosen among the free ones at the first start and then stay the same, because the
 * repository's URL and people's notes contain them.
 */
export async function rememberedPorts(paths: Pick<SandboxPaths, "ports">): Promise<Ports> {
  await mkdir(dirname(paths.ports), { recursive: true, mode: 0o700 });
  return withLock(
    paths.ports,
    () => undefined,
    async () => {
      const table = await readTable(paths.ports);
      const missing = portNames.filter((name) => table[name] === undefined);
      if (missing.length > 0) {
        const taken = new Set(Object.values(table));
        let candidate = randomInt(range.first, range.last - 1000);
        for (const name of missing) {
          while (taken.has(candidate) || !(await isFree(candidate))) candidate++;
          table[name] = candidate++;
        }
        await writeFile(`${paths.ports}.new`, `${JSON.stringify(table, null, 2)}\n`);
        await rename(`${paths.ports}.new`, paths.ports);
      }
      return fromTable(table);
    },
  );
}

/**
 * Throws if another program has taken a remembered port. Call it only while the sandbox is stopped.
 * @param file the path of the ports file, for the message
 */
export async function requireFreePorts(ports: Ports, file: string): Promise<void> {
  for (const [name, port] of Object.entries(toTable(ports))) {
    if (port === undefined || (await isFree(port))) continue;
    throw new Error(
      `${name}: got port ${port}, which another program listens on; expected it to be free on 127.0.0.1. ` +
        `End that program, or run \`npm run reset\`, which chooses new ports (they are in ${file}).`,
    );
  }
}

export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen({ port, host: "127.0.0.1", exclusive: true });
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

async function readTable(file: string): Promise<PortTable> {
  const text = await readFile(file, "utf8").catch(() => "{}");
  try {
    return JSON.parse(text) as PortTable;
  } catch {
    throw new Error(`${file}: got invalid JSON; expected ports by name. Run \`npm run reset\`.`);
  }
}

function fromTable(table: PortTable): Ports {
  const pick = <Name extends string>(names: readonly Name[], prefix: string) =>
    Object.fromEntries(names.map((name) => [name, table[`${prefix}${name}`]])) as Record<Name, number>;
  const of = (environment: EnvironmentName) => ({
    cluster: pick(clusterPortNames, `${environment}.`),
    argocd: pick(argocdPortNames, `${environment}.`),
  });
  return {
    shared: pick(sharedPortNames, ""),
    environments: forEnvironments(of),
  };
}

function toTable(ports: Ports): PortTable {
  const table: PortTable = { ...ports.shared };
  for (const environment of environmentNames) {
    const { cluster, argocd } = ports.environments[environment];
    for (const [name, port] of Object.entries({ ...cluster, ...argocd })) table[`${environment}.${name}`] = port;
  }
  return table;
}
