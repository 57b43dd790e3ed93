import { join } from "node:path";
import type { ProcessSpec } from "../supervisor/process-spec";
import type { ClusterOptions } from "./options";
import { keyFiles } from "./keys";
import { goEnvironment } from "./go-environment";

/** etcd's sockets, relative to its folder: the whole path of a Unix socket can have at most 104 bytes. */
const sockets = { clients: "unix://clients.sock", peers: "unix://peers.sock" };

/**
 * The etcd that all clusters share, each with its own key prefix. It has no authentication, so it listens on sockets in
 * a folder that only its owner can open.
 * @param bin folder of the programs
 * @param folder its data and working directory
 */
export function etcdProcess(bin: string, folder: string): ProcessSpec {
  return {
    name: "etcd",
    command: join(bin, "etcd"),
    args: [
      "--name=sandbox",
      "--data-dir=data",
      `--listen-client-urls=${sockets.clients}`,
      `--advertise-client-urls=${sockets.clients}`,
      `--listen-peer-urls=${sockets.peers}`,
      `--initial-advertise-peer-urls=${sockets.peers}`,
      `--initial-cluster=sandbox=${sockets.peers}`,
      // Twice as fast to start. The sandbox can afford to lose its last seconds in a power failure.
      "--unsafe-no-fsync",
      // Keep history for five minutes only: nobody reads older revisions.
      "--auto-compaction-mode=periodic",
      "--auto-compaction-retention=5m",
      "--log-level=warn",
    ],
    env: { ...goEnvironment },
    cwd: folder,
    stopOrder: 0,
  };
}

export function apiServerProcess(options: ClusterOptions): ProcessSpec {
  const { environment, tools, folders, ports } = options;
  const keys = keyFiles(folders.keys);
  return {
    name: `${environment}-kube-apiserver`,
    command: join(tools.bin, "kube-apiserver"),
    args: [
      `--etcd-servers=${sockets.clients}`,
      `--etcd-prefix=/${environment}`,
      "--bind-address=127.0.0.1",
      `--secure-port=${ports.apiServer}`,
      // It creates its own certificate there: see keys.ts.
      `--cert-dir=${folders.keys}`,
      `--token-auth-file=${keys.tokens}`,
      "--anonymous-auth=false",
      "--authorization-mode=RBAC",
      `--service-account-key-file=${keys.serviceAccountPublic}`,
      `--service-account-signing-key-file=${keys.serviceAccountPrivate}`,
      "--service-account-issuer=https://kubernetes.default.svc",
      "--service-cluster-ip-range=10.96.0.0/16",
      // Only a server with many users needs this. Turning it off saves some tenths of a second of CPU at each start.
      "--enable-priority-and-fairness=false",
      "--profiling=false",
      "--v=0",
    ],
    env: { ...goEnvironment },
    // The socket paths of etcd are relative to this folder.
    cwd: folders.etcd,
    port: ports.apiServer,
    stopOrder: 10,
  };
}
