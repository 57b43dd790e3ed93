import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArgocdPorts } from "../ports";
import type { Workload } from "./workload";

/** Where a process may listen and write. */
export interface Place {
  ports: ArgocdPorts;
  /** The process's own folder; `root/` in it stands for the container's file system. */
  folder: string;
}

/** One of Argo CD's processes: which workload it stands for, and what must differ from a pod on one shared machine. */
export interface Component {
  /** Name of the process and of its folder. */
  name: string;
  /** Workloads that it may come from; the first that exists and wants pods counts. */
  workloads: { kind?: Workload["kind"]; name: string }[];
  /** What a container must run to be the one; Argo CD's binary tells its parts apart by this name. */
  binary: string;
  /** Containers that the sandbox's own Redis stands for, instead of Argo CD's binary. Their arguments are not taken. */
  redisContainers?: string[];
  /** A key of a Secret that argocd-server makes at its first start: waited for where argocd-server is installed. */
  madeByServer?: { name: string; key: string };
  /** The main port. */
  port: (ports: ArgocdPorts) => number;
  /** Addresses and ports, after the template's arguments: of a flag given twice the last counts. */
  flags: (place: Place) => string[];
  /** Flags of the template, with their values, that would lead away from this machine's Redis. */
  dropFlags: string[];
  /** Variables that are set whatever the template says; undefined removes one. `template`: what the template says. */
  env: (place: Place, template: Record<string, string>) => Record<string, string | undefined>;
  /** Variables whose built-in default is a path of the image: set where the template sets none. */
  defaults: (place: Place) => Record<string, string>;
}

const loopback = "127.0.0.1";
const at = (port: number): string => `${loopback}:${port}`;

const redisFlags = ["--sentinel", "--sentinelmaster", "--redis-use-tls", "--redis-ca-certificate"];
const noSentinel = { REDIS_SENTINEL_HOSTS: undefined, REDIS_SENTINEL_MASTER: undefined };

/** Folders of the image that Argo CD reads or writes even where nothing is mounted. */
export const imageFolders = ["/app/config", "/home/argocd", "/home/argocd/cmp-server/plugins", "/tmp"];

/** A path below the folder that stands for the container's file system. */
export function inRoot(place: { folder: string }, path: string): string {
  return join(place.folder, "root", path);
}

/**
 * Clients of the repo-server present a client certificate where there is one (mTLS).
 * Source of variables and paths: Argo CD 3.6.1, util/tls, AddClientTLSFlagsToCmdWithPrefix.
 */
function clientCertificate(prefix: string): Component["defaults"] {
  return (place) => ({
    [`ARGOCD_${prefix}_REPO_SERVER_CLIENT_CERT_PATH`]: inRoot(place, "/app/config/reposerver/mtls/client.crt"),
    [`ARGOCD_${prefix}_REPO_SERVER_CLIENT_CERT_KEY_PATH`]: inRoot(place, "/app/config/reposerver/mtls/client.key"),
  });
}

/** A Unix socket's path must be short: 104 bytes on macOS, 108 on Linux. */
export function socketPath(folder: string): string {
  const path = join(folder, "ask-pass.sock");
  if (Buffer.byteLength(path) < 104) return path;
  return join(tmpdir(), `ask-pass-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}.sock`);
}

/** Argo CD's processes in the order of their start. Dex is left out: the sandbox has no single sign-on. */
export const components: readonly Component[] = [
  {
    name: "argocd-redis",
    workloads: [{ name: "argocd-redis" }, { name: "argocd-redis-ha-haproxy" }],
    binary: "redis",
    redisContainers: ["redis", "haproxy"],
    port: (ports) => ports.redis,
    flags: ({ ports }) => ["--address", at(ports.redis)],
    dropFlags: [],
    // redis is told the password as REDIS_PASSWORD, haproxy as AUTH.
    env: (_place, template) => ({ REDIS_PASSWORD: template.REDIS_PASSWORD ?? template.AUTH, AUTH: undefined }),
    defaults: () => ({}),
  },
  {
    name: "argocd-repo-server",
    workloads: [{ name: "argocd-repo-server" }],
    binary: "argocd-repo-server",
    port: (ports) => ports.repoServer,
    flags: ({ ports }) => [
      ...["--address", loopback, "--port", String(ports.repoServer)],
      ...["--metrics-address", loopback, "--metrics-port", String(ports.repoServerMetrics)],
      ...["--redis", at(ports.redis)],
    ],
    dropFlags: redisFlags,
    env: ({ folder }) => ({
      ...noSentinel,
      // By default all repo-servers of a machine share /tmp/reposerver-ask-pass.sock, and the last one started gets the
      // questions.
      ARGOCD_ASK_PASS_SOCK: socketPath(folder),
    }),
    defaults: (place) => ({
      ARGOCD_REPO_SERVER_CLIENT_CA_PATH: inRoot(place, "/app/config/reposerver/mtls/client-ca.crt"),
    }),
  },
  {
    name: "argocd-application-controller",
    workloads: [
      { kind: "StatefulSet", name: "argocd-application-controller" },
      { kind: "Deployment", name: "argocd-application-controller" },
    ],
    binary: "argocd-application-controller",
    port: (ports) => ports.controllerMetrics,
    flags: ({ ports }) => [
      ...["--metrics-port", String(ports.controllerMetrics)],
      ...["--redis", at(ports.redis), "--repo-server", at(ports.repoServer)],
    ],
    dropFlags: redisFlags,
    env: () => ({
      ...noSentinel,
      // One process is one shard, whatever the number of replicas: otherwise clusters of the other shards have no
      // controller.
      ARGOCD_CONTROLLER_REPLICAS: "1",
      ARGOCD_CONTROLLER_SHARD: undefined,
      ARGOCD_ENABLE_DYNAMIC_CLUSTER_DISTRIBUTION: "false",
    }),
    defaults: clientCertificate("APPLICATION_CONTROLLER"),
  },
  {
    name: "argocd-server",
    workloads: [{ name: "argocd-server" }],
    binary: "argocd-server",
    port: (ports) => ports.server,
    flags: ({ ports }) => [
      // The metrics listener takes --address too (Argo CD 3.6.1, server.Listen); its own flag is misnamed where the
      // parameter server.metrics.listen.address is set.
      ...["--address", loopback, "--port", String(ports.server), "--metrics-port", String(ports.serverMetrics)],
      ...["--redis", at(ports.redis), "--repo-server", at(ports.repoServer)],
      // Nothing listens there: requests to Dex fail at once instead of asking the machine's name server for
      // argocd-dex-server.
      ...["--dex-server", `http://${at(1)}`],
    ],
    dropFlags: redisFlags,
    env: () => noSentinel,
    defaults: clientCertificate("SERVER"),
  },
  {
    name: "argocd-applicationset-controller",
    workloads: [{ name: "argocd-applicationset-controller" }],
    binary: "argocd-applicationset-controller",
    // Started without it, it logs an error and serves no webhook until its next start (Argo CD 3.6.1).
    madeByServer: { name: "argocd-secret", key: "server.secretkey" },
    port: (ports) => ports.applicationSetWebhook,
    flags: ({ ports }) => [
      ...["--metrics-addr", at(ports.applicationSetMetrics), "--probe-addr", at(ports.applicationSetProbe)],
      ...["--webhook-addr", at(ports.applicationSetWebhook), "--argocd-repo-server", at(ports.repoServer)],
      // A lease needs the namespace that only a pod's service account files name; one process needs no lease.
      "--enable-leader-election=false",
    ],
    dropFlags: [],
    env: () => ({}),
    defaults: clientCertificate("APPLICATIONSET_CONTROLLER"),
  },
  {
    name: "argocd-notifications-controller",
    workloads: [{ name: "argocd-notifications-controller" }],
    binary: "argocd-notifications",
    port: (ports) => ports.notificationsMetrics,
    flags: ({ ports }) => [
      ...["--metrics-port", String(ports.notificationsMetrics), "--argocd-repo-server", at(ports.repoServer)],
    ],
    dropFlags: [],
    env: () => ({}),
    defaults: clientCertificate("NOTIFICATION_CONTROLLER"),
  },
];
