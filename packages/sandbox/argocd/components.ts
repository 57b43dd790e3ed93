import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArgocdPorts } from "../ports";
import type { Workload } from "./workload";

/** Where a process listens and writes. */
export interface ProcessLocation {
  ports: ArgocdPorts;
  /** The process's own folder; its `root/` stands for the container's file system. */
  folder: string;
}

/**
 * One of Argo CD's processes: the workload that it runs from, and what must differ from a pod because all processes
 * share one machine.
 */
export interface Component {
  /** Name of the process and of its folder. */
  name: string;
  /** Candidate workloads; the first that exists and wants pods is used. */
  workloads: { kind?: Workload["kind"]; name: string }[];
  /**
   * The program that the container runs: one binary contains all of Argo CD's programs and selects one by this name.
   */
  binary: string;
  /** Containers that the sandbox's own Redis replaces. Their arguments are ignored. */
  redisContainers?: string[];
  /**
   * A key of a Secret that argocd-server creates at its first start. Where argocd-server is installed, the process
   * waits for it.
   */
  madeByServer?: { name: string; key: string };
  /** The main port. */
  port: (ports: ArgocdPorts) => number;
  /** Addresses and ports, appended to the template's arguments: the last value of a repeated flag counts. */
  flags: (location: ProcessLocation) => string[];
  /** Flags of the template that would select another Redis than this machine's. They are removed with their values. */
  dropFlags: string[];
  /** Variables that override the template's; undefined removes one. `template`: the template's variables. */
  env: (location: ProcessLocation, template: Record<string, string>) => Record<string, string | undefined>;
  /** Variables whose built-in default is a path in the image. They are set unless the template sets them. */
  defaults: (location: ProcessLocation) => Record<string, string>;
}

const loopback = "127.0.0.1";
const at = (port: number): string => `${loopback}:${port}`;

const redisFlags = ["--sentinel", "--sentinelmaster", "--redis-use-tls", "--redis-ca-certificate"];
const noSentinel = { REDIS_SENTINEL_HOSTS: undefined, REDIS_SENTINEL_MASTER: undefined };

/** Folders of the image that Argo CD uses even if nothing is mounted there. */
export const imageFolders = ["/app/config", "/home/argocd", "/home/argocd/cmp-server/plugins", "/tmp"];

/** A path below the folder that stands for the container's file system. */
export function inRoot(location: { folder: string }, path: string): string {
  return join(location.folder, "root", path);
}

/**
 * Clients of the repo-server present a client certificate if there is one (mTLS). Source of the variables and paths:
 * Argo CD 3.6.1, util/tls, AddClientTLSFlagsToCmdWithPrefix.
 */
function clientCertificate(prefix: string): Component["defaults"] {
  return (location) => ({
    [`ARGOCD_${prefix}_REPO_SERVER_CLIENT_CERT_PATH`]: inRoot(location, "/app/config/reposerver/mtls/client.crt"),
    [`ARGOCD_${prefix}_REPO_SERVER_CLIENT_CERT_KEY_PATH`]: inRoot(location, "/app/config/reposerver/mtls/client.key"),
  });
}

/** The path of a Unix socket must be short: at most 104 bytes on macOS and 108 on Linux. */
export function socketPath(folder: string): string {
  const path = join(folder, "ask-pass.sock");
  if (Buffer.byteLength(path) < 104) return path;
  return join(tmpdir(), `ask-pass-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}.sock`);
}

/** Argo CD's processes in the order in which they start. Dex is missing, because the sandbox has no single sign-on. */
export const components: readonly Component[] = [
  {
    name: "argocd-redis",
    workloads: [{ name: "argocd-redis" }, { name: "argocd-redis-ha-haproxy" }],
    binary: "redis",
    redisContainers: ["redis", "haproxy"],
    port: (ports) => ports.redis,
    flags: ({ ports }) => ["--address", at(ports.redis)],
    dropFlags: [],
    // The redis container gets the password in REDIS_PASSWORD, haproxy in AUTH.
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
      // By default all repo-servers of a machine share /tmp/reposerver-ask-pass.sock, and the last one to start
      // receives all requests.
      ARGOCD_ASK_PASS_SOCK: socketPath(folder),
    }),
    defaults: (location) => ({
      ARGOCD_REPO_SERVER_CLIENT_CA_PATH: inRoot(location, "/app/config/reposerver/mtls/client-ca.crt"),
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
      // The one process must handle all clusters, whatever the number of replicas: with sharding, the clusters of other
      // shards would have no controller.
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
      // The metrics listener uses --address too (Argo CD 3.6.1, server.Listen). Its own flag has the wrong name where
      // the parameter server.metrics.listen.address is set.
      ...["--address", loopback, "--port", String(ports.server), "--metrics-port", String(ports.serverMetrics)],
      ...["--redis", at(ports.redis), "--repo-server", at(ports.repoServer)],
      // Nothing listens on this port, so requests to Dex fail at once instead of resolving argocd-dex-server with the
      // machine's DNS.
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
    // If the key is missing at its start, the controller logs an error and serves no webhook until its next start (Argo
    // CD 3.6.1).
    madeByServer: { name: "argocd-secret", key: "server.secretkey" },
    port: (ports) => ports.applicationSetWebhook,
    flags: ({ ports }) => [
      ...["--metrics-addr", at(ports.applicationSetMetrics), "--probe-addr", at(ports.applicationSetProbe)],
      ...["--webhook-addr", at(ports.applicationSetWebhook), "--argocd-repo-server", at(ports.repoServer)],
      // A lease needs the namespace, which is only in the service account files of a pod. A single process needs no
      // lease.
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
